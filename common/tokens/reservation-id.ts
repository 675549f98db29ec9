import { invalidRequest } from "../errors/store-error.ts";
import type { SessionPosition } from "./session-token.ts";
import { checkDigit, formatDigits, fromDigits, parseDigits, toDigits } from "./crockford.ts";

/** Shard numbers are 32-bit on the wire. */
const SHARD_ID_MAX = 0xffff_ffff;

/** Longest id: prefix, 7 + 11 + 11 digits, three hyphens and the check digit. */
const TEXT_LENGTH_MAX = 34;

/**
 * Text of a reservation id: `R<shard>-<generation>-<lsn>-<check>` of the creating record, each in
 * Crockford's base 32, such as "R5-1-3K9-N". It routes by itself: the shard stands in it.
 */
export function formatReservationId(position: SessionPosition): string {
  const parts = [position.shardId, position.generation, position.lsn].map(toDigits);
  return `R${[...parts, [checkOf(parts)]].map(formatDigits).join("-")}`;
}

/**
 * Reads a reservation id; lower case and the lookalikes O, I, L are accepted.
 * INVALID_REQUEST naming `reservation_id` when it is anything else.
 */
export function parseReservationId(text: string): SessionPosition {
  const position = text.length <= TEXT_LENGTH_MAX ? tryParse(text) : undefined;
  if (position === undefined) {
    throw invalidRequest("reservation_id", "must look like R5-1-3K9-N with its check digit");
  }
  return position;
}

function tryParse(text: string): SessionPosition | undefined {
  if (!/^r/i.test(text)) return undefined;
  const groups = text.slice(1).split("-").map(parseDigits);
  const [shardDigits, generationDigits, lsnDigits, check] = groups;
  if (groups.length !== 4 || !shardDigits || !generationDigits || !lsnDigits || check?.length !== 1)
    return undefined;
  const parts = [shardDigits, generationDigits, lsnDigits];
  const [shardId, generation, lsn] = parts.map(fromDigits);
  if (shardId === undefined || generation === undefined || lsn === undefined) return undefined;
  if (shardId > SHARD_ID_MAX || check[0] !== checkOf(parts)) return undefined;
  return { shardId, generation, lsn };
}

/** The length of each part takes part too, so that a hyphen in the wrong place shows. */
function checkOf(parts: readonly (readonly number[])[]): number {
  return checkDigit(parts.flatMap((part) => [part.length, ...part]));
}
