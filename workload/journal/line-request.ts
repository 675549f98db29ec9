import type { Decision, HarborpointClient, WriteOptions } from "../../client/index.ts";
import { invalidRequest } from "../../common/errors/store-error.ts";
import type { JournalLine } from "./journal-line.ts";

/** The calls of a client that a journal makes. */
export type JournalClient = Pick<
  HarborpointClient,
  "registerIssuer" | "setIssuerLimit" | "reserve" | "release" | "settle" | "amend"
>;

/** The journal knows no currencies; an issuer needs one. */
const CURRENCY = "USD";

/** Whether a line brings its own token. */
export function hasOwnToken({ action }: JournalLine): boolean {
  return action !== "register" && action !== "limit";
}

/**
 * Makes the call a line stands for, its fields as they are.
 * @param token the line's own, or the one derived for it
 */
export async function callOfLine(
  client: JournalClient,
  line: JournalLine,
  token: string,
  options: WriteOptions,
): Promise<Decision> {
  const { issuerId, refToken: targetToken, desk, trader, homeRegion } = line;
  const amountMinor = integerOf(line.amountMinor);
  switch (line.action) {
    case "register": {
      const input = { token, issuerId, homeRegion, limitMinor: amountMinor, currency: CURRENCY };
      return client.registerIssuer(input, options);
    }
    case "limit":
      return client.setIssuerLimit({ token, issuerId, limitMinor: amountMinor }, options);
    case "reserve":
      return client.reserve({ token, issuerId, amountMinor, desk, trader }, options);
    case "release":
      return client.release({ token, issuerId, targetToken, desk, trader }, options);
    case "settle":
      return client.settle({ token, issuerId, targetToken, desk, trader }, options);
    case "amend":
      return client.amend({ token, issuerId, targetToken, amountMinor, desk, trader }, options);
    default:
      throw invalidRequest("kind", `"${line.action}" is no action of a journal`);
  }
}

/** An integer as written; NaN for anything else, which no request accepts as an amount. */
function integerOf(text: string): number {
  return /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
