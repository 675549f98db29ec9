import { invalidRequest } from "../../common/errors/store-error.ts";

/** A 64-bit integer of the wire as a number. Throws INVALID_REQUEST above 2^53 − 1. */
export function safeInteger(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidRequest(field, "must be at most 2^53 - 1");
  return Number(value);
}
