import { type Decision, newToken, type ReserveInput, StoreError } from "../../client/index.ts";
import type { Operation } from "./operation.ts";
import type { ReserveLoad } from "./reserve-load.ts";

/** Attempts at an outcome that stays unknown; after them the audit will say so. */
const ATTEMPTS_MAX = 10;

/**
 * Reserves one by one, each under a token of its own.
 * @param reserve makes one call
 */
export function singleReserves(
  load: ReserveLoad,
  reserve: (input: ReserveInput) => Promise<Decision>,
): Operation {
  return {
    rateName: "reservationsPerSecond",
    recordsPerSend: 1,
    sender: (_, recorder) => {
      const draws = load.draws();
      return async (intendedMs) => {
        const { issuer, amountMinor } = draws.next().value;
        const { issuerId } = load.issuers[issuer];
        const input = { token: newToken(), issuerId, amountMinor, desk: "GOV", trader: "t1" };
        const decision = await untilKnown(() => reserve(input));
        if (typeof decision === "string") return load.told.enterError(decision);
        recorder.answered(intendedMs, 1);
        const { shardId, lsn } = decision.label.position;
        load.told.enterDecision({
          issuer,
          amountMinor,
          approved: decision.decision === "APPROVED",
          shardId,
          lsn,
        });
      };
    },
  };
}

/** The decision, or the reason why there is none. */
async function untilKnown(call: () => Promise<Decision>): Promise<Decision | string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.row.outcome !== "UNKNOWN" || attempt === ATTEMPTS_MAX) return error.reason;
    }
  }
}
