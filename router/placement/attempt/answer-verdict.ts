import { ItemError, Outcome } from "../../../common/batch/kinds.ts";
import type { ResultBatch } from "../../../common/batch/result-batch.ts";

/**
 * What one result row means for the attempt that sent the row.
 * final: the caller gets it as it is.
 * misplaced: likewise, and the issuer lives on another shard.
 * again: not recorded by this send, and another one may fare better.
 * uncertain: may have been recorded; sending the row again with its token tells.
 * unknown: not recorded by this send, but an earlier one of the attempt may have.
 */
export type Verdict = "final" | "misplaced" | "again" | "uncertain" | "unknown";

/** Refusals before the token is looked up: they do not tell what became of an earlier send. */
const SAYS_NOTHING_OF_THE_TOKEN = new Set<number>([
  ItemError.WRONG_SHARD,
  ItemError.SHARD_FROZEN,
  ItemError.RPO_GATE_CLOSED,
  ItemError.SYNC_PEER_UNAVAILABLE,
  ItemError.LEADER_UNREACHABLE,
  ItemError.METADATA_UNAVAILABLE,
  ItemError.SHUTTING_DOWN,
  ItemError.OVERLOADED,
  ItemError.STORAGE_FULL,
  ItemError.WAL_CORRUPT,
]);

/**
 * What an approval in an answer is worth: believed; too old to be believed, but worth asking again;
 * too old once more, so that asking again would only add to what makes the leader slow.
 */
export type ApprovalWorth = "believed" | "uncertain" | "unknown";

/**
 * Judges one result row.
 * @param exposed an earlier send of the attempt may have recorded the row
 */
export function verdictOf(
  results: ResultBatch,
  row: number,
  exposed: boolean,
  approvals: ApprovalWorth,
): Verdict {
  const outcome = results.outcome(row);
  if (outcome === Outcome.DECLINED) return "final";
  if (outcome === Outcome.APPROVED) return approvals === "believed" ? "final" : approvals;
  const reason = results.reason(row);
  switch (reason) {
    case ItemError.STALE_GENERATION:
    case ItemError.NOT_LEADER:
      return "again";
    case ItemError.COMMIT_OUTCOME_UNKNOWN:
      return "uncertain";
    default:
      if (exposed && SAYS_NOTHING_OF_THE_TOKEN.has(reason)) return "unknown";
      return reason === ItemError.WRONG_SHARD ? "misplaced" : "final";
  }
}
