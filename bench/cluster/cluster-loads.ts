import type { Clock } from "../../common/clock.ts";
import { seededRandom } from "../../common/random.ts";
import type { Measurement } from "../bench.ts";
import type { Operation } from "../load/operation.ts";
import { arrivals } from "../measure/arrivals.ts";
import { type Capacity, type RateVerdict, searchCapacity } from "../measure/capacity-search.ts";
import { runClosedLoop } from "../measure/closed-loop.ts";
import { latencyMetrics } from "../measure/latency-metrics.ts";
import { LoadRecorder } from "../measure/load-recorder.ts";
import { measureWithin } from "../measure/measured-window.ts";
import { runOpenLoop } from "../measure/open-loop.ts";
import { saturation } from "../measure/saturation.ts";
import type { Slo } from "../measure/slo.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { clusterMetrics } from "./cluster-metrics.ts";

/** How long loads last. */
export interface LoadTimes {
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly seed: number;
}

/** An open loop, measured. */
export interface OpenLoopMeasurement extends Measurement {
  /** Says so when the cluster did not keep up. */
  readonly saturation: string | undefined;
}

/** Records under way at most in an open loop; behind them arrivals wait. */
const OPEN_LOOP_RECORDS_MAX = 1 << 16;
const SEARCH = { precision: 0.05, triesMax: 12 };

/** Puts loads on a cluster and measures them: throughput, latency, and what every process spends on it. */
export class ClusterLoads {
  readonly #cluster: BenchCluster;
  readonly #times: LoadTimes;
  readonly #clock: Clock;

  constructor(cluster: BenchCluster, times: LoadTimes, clock: Clock) {
    this.#cluster = cluster;
    this.#times = times;
    this.#clock = clock;
  }

  /** Callers that each send again as soon as they have their answer: what the cluster can do at most. */
  closedLoop(name: string, operation: Operation, callers: number): Promise<Measurement> {
    return this.#measure(name, operation.rateName, (recorder, durationMs) => {
      const send = operation.sender(callers, recorder);
      return runClosedLoop(callers, this.#clock.monotonicMs() + durationMs, this.#clock, send);
    });
  }

  /** Requests that come whether or not earlier ones are answered: what the users of a cluster feel. */
  async openLoop(name: string, operation: Operation, perSecond: number): Promise<OpenLoopMeasurement> {
    const { rateName, recordsPerSend, sender } = operation;
    const outstandingMax = Math.ceil(OPEN_LOOP_RECORDS_MAX / recordsPerSend);
    let behindMs = 0;
    const measurement = await this.#measure(name, rateName, async (recorder, durationMs) => {
      const report = await runOpenLoop({
        arrivals: arrivals(perSecond / recordsPerSend, seededRandom(this.#times.seed)),
        outstandingMax,
        durationMs,
        clock: this.#clock,
        send: sender(outstandingMax, recorder),
      });
      behindMs = report.behindMs;
    });
    const load = { offeredPerSecond: perSecond, answeredPerSecond: measurement.metrics[rateName], behindMs };
    const verdict = saturation(load);
    return {
      ...measurement,
      metrics: { offeredPerSecond: perSecond, ...measurement.metrics, behindMs },
      saturation: verdict && `${name} ${verdict}`,
    };
  }

  /** Searches the highest rate at which an objective is kept, by open loops. */
  search(operation: Operation, slo: Slo, startPerSecond: number): Promise<Capacity<RateVerdict>> {
    return searchCapacity({ ...SEARCH, startPerSecond }, async (perSecond) => {
      const { latency, saturation: problem } = await this.openLoop("search", operation, perSecond);
      const ms = latency?.percentileMs(slo.percentile) ?? Number.POSITIVE_INFINITY;
      return { isKept: problem === undefined && ms <= slo.ms };
    });
  }

  async #measure(
    name: string,
    rateName: string,
    run: (recorder: LoadRecorder, durationMs: number) => Promise<void>,
  ): Promise<Measurement> {
    const { warmupSeconds, seconds } = this.#times;
    const recorder = new LoadRecorder(this.#clock);
    const watch = this.#cluster.watch();
    const onBegin = (): void => {
      watch.start();
      recorder.begin();
    };
    const onEnd = (): void => {
      recorder.end();
      watch.stop();
    };
    const load = run(recorder, (warmupSeconds + seconds) * 1000);
    await measureWithin(load, { warmupSeconds, seconds, onBegin, onEnd });
    await watch.ended();
    if (recorder.count === 0) throw new Error(`${name}: nothing was answered within ${seconds} s`);
    const metrics = {
      [rateName]: recorder.perSecond,
      ...latencyMetrics(recorder.latency),
      ...clusterMetrics(watch, recorder.count),
    };
    return { name, metrics, latency: recorder.latency, timeline: recorder.timeline };
  }
}
