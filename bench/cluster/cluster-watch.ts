import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, StoreError } from "../../client/index.ts";
import { leaderStatus } from "../../cli/output/shard-columns.ts";
import type { MeteredProcess, ProcessMeter } from "./process-meter.ts";

const SAMPLE_MS = 250;
/** Every so many samples the leaders are asked how far the remote copies are. */
const SAMPLES_PER_QUESTION = 4;
const QUESTION_TIMEOUT_MS = 2_000;

/** Looks at a cluster again and again while a load runs: memory of its processes, lag of the remote copies. */
export class ClusterWatch {
  readonly #client: Pick<HarborpointClient, "cluster">;
  readonly #meter: ProcessMeter;
  readonly #stop = new AbortController();
  #remoteLagMsMax = 0;
  #refusals = 0;
  #watching: Promise<void> | undefined;

  constructor(client: Pick<HarborpointClient, "cluster">, meter: ProcessMeter) {
    this.#client = client;
    this.#meter = meter;
  }

  /** What the processes used, by name, as of the last sample. */
  get processes(): ReadonlyMap<string, MeteredProcess> {
    return this.#meter.processes;
  }

  /** Largest age of the remote copies' proof that a leader reported, milliseconds. */
  get remoteLagMsMax(): number {
    return this.#remoteLagMsMax;
  }

  /** Reports of a leader that it takes no writes. */
  get refusals(): number {
    return this.#refusals;
  }

  start(): void {
    this.#meter.reset();
    this.#watching = this.#watch();
  }

  /** Takes the last sample; the meter's figures stand from here on. */
  stop(): void {
    this.#meter.sample();
    this.#stop.abort();
  }

  /** Resolves when nothing is looked at any more. */
  async ended(): Promise<void> {
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    for (let samples = 1; !signal.aborted; samples++) {
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#meter.sample();
      if (samples % SAMPLES_PER_QUESTION === 0) await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    try {
      for (const shard of await this.#client.cluster.listShards(QUESTION_TIMEOUT_MS)) {
        const status = leaderStatus(shard);
        if (status === undefined) continue;
        this.#remoteLagMsMax = Math.max(this.#remoteLagMsMax, status.remoteLagMs ?? 0);
        if (!status.writable) this.#refusals++;
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}
