import { createHash } from "node:crypto";
import { formatToken, TOKEN_BYTES } from "../../common/batch/token.ts";

/**
 * Token for a line that has none (register and limit): always the same one for the same line, so
 * that replaying a journal a second time is one big retry.
 * @param timeMs the time it carries; the start of the journal
 * @returns a valid UUIDv7 whose random part comes from the hash of `seq`
 */
export function lineToken(seq: number, timeMs: number): string {
  const bytes = createHash("sha256").update(`journal line ${seq}`).digest().subarray(0, TOKEN_BYTES);
  bytes.writeUIntBE(timeMs, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return formatToken(bytes);
}
