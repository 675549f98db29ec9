import { isBefore, type ShardPosition } from "../../../client/index.ts";
import { IssuerModel } from "../../../workload/issuer-model.ts";
import type { History } from "../history/history.ts";
import type { DecidedOperation, ExposureRead } from "../history/operation.ts";
import { issuerHistories, positionOf, recordOf } from "./issuer-histories.ts";

/**
 * No read is older than it may be, and every read is a state that existed: a linearizable read saw
 * every write answered before it was sent, a session read every such write of its own client; and
 * the exposure is the one the history gives at the position the answer names.
 * @param limits limit of every issuer at registration, minor units
 */
export function readsSeeWrites(history: History, limits: ReadonlyMap<string, number>): string[] {
  const histories = issuerHistories(history);
  return history.reads.flatMap((read) => {
    const operations = histories.get(read.issuerId) ?? [];
    const missed = operations.find(
      (operation) => mustSee(read, operation) && isBefore(read.applied, positionOf(operation)),
    );
    if (missed !== undefined) return [`${name(read)} does not see ${missed.request.token}`];
    const expected = exposureAt(operations, read.applied, limits.get(read.issuerId) ?? 0);
    if (expected === read.exposureMinor) return [];
    return [`${name(read)} says ${read.exposureMinor}, the history ${expected}`];
  });
}

function mustSee(read: ExposureRead, { request, endedMs }: DecidedOperation): boolean {
  if (endedMs >= read.invokedMs) return false;
  return read.contract === "linearizable" || request.region === read.region;
}

function exposureAt(
  operations: readonly DecidedOperation[],
  applied: ShardPosition,
  limitMinor: number,
): number {
  const model = new IssuerModel(limitMinor);
  for (const operation of operations) {
    if (isBefore(applied, positionOf(operation))) break;
    model.apply(recordOf(operation));
  }
  return model.sums.exposureMinor;
}

function name({ contract, issuerId, applied }: ExposureRead): string {
  return `${contract} read of ${issuerId} at ${applied.generation}/${applied.lsn}`;
}
