import type { Metrics } from "../common/metrics/metrics.ts";
import type { Change } from "./model/changes.ts";

/** Counts the operations that are done. */
export function countOperations(metrics: Metrics, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind !== "operation_changed" || change.operation.closeTimeMs === undefined) continue;
    metrics.counter("harborpoint_failovers_total", { kind: change.operation.kind }).inc();
  }
}
