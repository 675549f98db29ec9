import type { CounterSeries, GaugeSeries, HistogramSeries, Metrics } from "../../common/metrics/metrics.ts";
import type { GateClause } from "../shard/recovery-gate.ts";
import type { ShardStatus } from "../shard/shard-engine.ts";

/** Series that all shards of a node share. */
export class CommitMetrics {
  readonly batchSize: HistogramSeries;
  readonly fsyncSeconds: HistogramSeries;
  /** From the append of a frame to its own disk's flush. */
  readonly localDurableSeconds: HistogramSeries;
  /** From the append of a frame to its commit by the whole ack set. */
  readonly committedSeconds: HistogramSeries;
  readonly malformedTotal: CounterSeries;

  constructor(metrics: Metrics) {
    this.batchSize = metrics.histogram("harborpoint_group_commit_batch_size", {});
    this.fsyncSeconds = metrics.histogram("harborpoint_wal_fsync_duration_seconds", {});
    this.localDurableSeconds = metrics.histogram("harborpoint_commit_duration_seconds", {
      stage: "local_durable",
    });
    this.committedSeconds = metrics.histogram("harborpoint_commit_duration_seconds", { stage: "committed" });
    this.malformedTotal = metrics.counter("harborpoint_replication_malformed_total", {});
  }
}

/** Clauses that close an open gate; `settling` only keeps a closed one closed. */
const CLOSING_CLAUSES: readonly GateClause[] = ["remote_proof", "remote_apply"];

/** Gauges of one shard. */
export class ShardGauges {
  readonly #generation: GaugeSeries;
  readonly #writable: GaugeSeries;
  readonly #proofAgeSeconds: GaugeSeries;
  readonly #metrics: Metrics;
  #gateClause: GateClause = "";

  constructor(metrics: Metrics, shardId: number) {
    this.#metrics = metrics;
    const labels = { shard: String(shardId) };
    this.#generation = metrics.gauge("harborpoint_shard_generation", labels);
    this.#writable = metrics.gauge("harborpoint_shard_writable", labels);
    this.#proofAgeSeconds = metrics.gauge("harborpoint_remote_proof_age_seconds", labels);
    // From 0 on: an alert on the increase of a counter that is not there yet misses its first one.
    for (const reason of CLOSING_CLAUSES) metrics.counter("harborpoint_gate_closed_total", { reason }).inc(0);
  }

  /** Counts every time the recovery gate closes; a gate that waits for its first proof never was open. */
  watchGate(clause: GateClause): void {
    const hasClosed = this.#gateClause === "" && clause !== "" && clause !== "no_proof_yet";
    if (hasClosed) this.#metrics.counter("harborpoint_gate_closed_total", { reason: clause }).inc();
    this.#gateClause = clause;
  }

  /** Shows what a shard looks like now. The proof's age stands still where this node does not lead. */
  show(status: ShardStatus): void {
    this.#generation.set(status.configuration?.generation ?? 0);
    this.#writable.set(status.isLeader && status.refusal === 0 ? 1 : 0);
    if (status.remoteLagMs !== undefined) this.#proofAgeSeconds.set(status.remoteLagMs / 1000);
  }
}
