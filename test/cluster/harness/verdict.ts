import type { TestCluster } from "../../support/cluster/test-cluster.ts";
import { acknowledgedSurvives, refusedStaysAway } from "../checks/acknowledged-survives.ts";
import { exposureFollowsHistory } from "../checks/exposure-follows-history.ts";
import { oneTokenOneOutcome } from "../checks/one-token-one-outcome.ts";
import { positionsFollowTime } from "../checks/positions-follow-time.ts";
import { readsSeeWrites } from "../checks/reads-see-writes.ts";
import { replicasEqual } from "../checks/replicas-equal.ts";
import type { History } from "../history/history.ts";
import { resolveUnknown } from "../history/resolve-unknown.ts";
import { askStatuses, findReservations, observeIssuers, repeatDecided } from "./final-state.ts";
import type { TradedIssuer } from "./traded-issuer.ts";

/** What became of a history in the end. */
export interface Verdict {
  /** Writes that clients were told of. */
  readonly acknowledged: number;
  readonly acknowledgedLost: number;
  /** Tokens with more than one outcome, and positions with more than one token. */
  readonly duplicates: number;
  /** Everything that is wrong, one sentence each. */
  readonly findings: readonly string[];
}

/** Compares a healed cluster with everything its clients were told. The clients must have ended. */
export async function judge(
  cluster: TestCluster,
  history: History,
  issuers: readonly TradedIssuer[],
): Promise<Verdict> {
  const client = cluster.client(cluster.regions[0]);
  await cluster.awaitWritable();
  await resolveUnknown(history, client);
  await repeatDecided(history, cluster.client(cluster.regions[1]));
  const statuses = await askStatuses(history, client);
  const observed = await observeIssuers(issuers, client);
  const limits = new Map(issuers.map(({ issuerId, limitMinor }) => [issuerId, limitMinor]));
  const lost = acknowledgedSurvives(history, statuses);
  const duplicates = oneTokenOneOutcome(history);
  const findings = [
    ...lost,
    ...duplicates,
    ...refusedStaysAway(history, statuses),
    ...exposureFollowsHistory(history, observed),
    ...positionsFollowTime(history),
    ...readsSeeWrites(history, limits),
    ...(await findReservations(history, client)),
    ...(await replicasEqual(client, cluster.shards)),
    ...cluster.deaths,
  ];
  return {
    acknowledged: history.decided.length,
    acknowledgedLost: lost.length,
    duplicates: duplicates.length,
    findings,
  };
}
