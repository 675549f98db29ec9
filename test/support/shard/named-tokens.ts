import { createHash } from "node:crypto";
import { TOKEN_BYTES } from "../../../common/batch/token.ts";

/** Wall clock at which every test of the engine begins. */
export const EPOCH_MS = Date.UTC(2026, 10, 18);

/** The UUIDv7 of a name, created at a time; one name at one time is always the same token. */
export function namedToken(name: string, timeMs = EPOCH_MS): Uint8Array {
  const token = new Uint8Array(createHash("sha256").update(name).digest().subarray(0, TOKEN_BYTES));
  for (let i = 0; i < 6; i++) token[i] = Math.floor(timeMs / 2 ** (8 * (5 - i))) % 256;
  token[6] = 0x70 | (token[6] & 0x0f);
  token[8] = 0x80 | (token[8] & 0x3f);
  return token;
}
