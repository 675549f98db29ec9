import type { HistogramSeries } from "../../common/metrics/metrics.ts";
import type { CommitMetrics } from "../../node/runtime/shard-metrics.ts";
import { LatencyHistogram } from "../measure/latency-histogram.ts";

/** Stands where a node's metrics stand and keeps what a bench asks of them: frames, and how long the disk took. */
export class CommitTally implements CommitMetrics {
  readonly fsync = new LatencyHistogram();
  #frames = 0;
  #records = 0;

  readonly batchSize: HistogramSeries = {
    observe: (records) => {
      this.#frames++;
      this.#records += records;
    },
  };
  readonly fsyncSeconds: HistogramSeries = { observe: (seconds) => this.fsync.record(seconds * 1000) };
  readonly localDurableSeconds: HistogramSeries = { observe: () => {} };
  readonly committedSeconds: HistogramSeries = { observe: () => {} };
  readonly malformedTotal = { inc: (): void => {} };

  get frames(): number {
    return this.#frames;
  }

  get recordsPerFrame(): number {
    return this.#frames === 0 ? 0 : this.#records / this.#frames;
  }

  /** Starts over, at the end of a warm-up. */
  reset(): void {
    this.fsync.reset();
    this.#frames = 0;
    this.#records = 0;
  }
}
