import { formatToken } from "../../../common/batch/token.ts";
import { EPOCH_MS, namedToken } from "../shard/named-tokens.ts";
import { durationMs } from "./words.ts";

/**
 * Tokens by name: "t1" is made when the script begins, "t1@-31d" 31 days earlier. "broken" is no
 * UUIDv7.
 */
export class TokenNames {
  readonly #names = new Map<string, string>();

  token(name: string): Uint8Array {
    const token = name === "broken" ? new Uint8Array(16) : namedToken(name, EPOCH_MS + shiftMs(name));
    this.#names.set(formatToken(token), name);
    return token;
  }

  /** Name of the token at an offset, as the script calls it. */
  nameAt(bytes: Uint8Array, offset: number): string {
    const token = formatToken(bytes, offset);
    return this.#names.get(token) ?? token;
  }
}

function shiftMs(name: string): number {
  const [, shift] = name.split("@");
  return shift === undefined ? 0 : durationMs(shift);
}
