import { setTimeout as sleep } from "node:timers/promises";
import { Session } from "../../../client/index.ts";
import { systemClock } from "../../../common/clock.ts";
import { seededRandom } from "../../../common/random.ts";
import type { TestCluster } from "../../support/cluster/test-cluster.ts";
import { History } from "../history/history.ts";
import { runReader } from "./reader.ts";
import type { TradedIssuer } from "./traded-issuer.ts";
import { runWriter } from "./writer.ts";

/** Answered writes that every router must have passed to every shard before something is broken. */
const TRAFFIC_MIN = 20;
const WARM_UP_MS_MAX = 30_000;
const POLL_MS = 50;

/** A run that proves nothing: too little happened before its first fault. */
class VoidRunError extends Error {
  constructor(message: string) {
    super(`void run: ${message}`);
    this.name = "VoidRunError";
  }
}

/**
 * Concurrent clients on a cluster: for every issuer one writer in each region, and a reader per
 * region, each through its own region's router, everything recorded.
 */
export class LiveLoad {
  readonly history = new History(systemClock);
  readonly #cluster: TestCluster;
  readonly #issuers: readonly TradedIssuer[];
  readonly #ended = new AbortController();
  readonly #clients: Promise<unknown>;

  private constructor(cluster: TestCluster, issuers: readonly TradedIssuer[], seed: number) {
    this.#cluster = cluster;
    this.#issuers = issuers;
    this.#clients = Promise.all(
      cluster.regions.flatMap((region, index) => this.#run(region, seed + index * 100)),
    );
    // Whoever awaits the end hears of it; until then it must not end the process.
    this.#clients.catch(() => this.#ended.abort());
  }

  /** Starts the clients. */
  static start(cluster: TestCluster, issuers: readonly TradedIssuer[], seed: number): LiveLoad {
    return new LiveLoad(cluster, issuers, seed);
  }

  /** Waits until enough has been written through every router to every shard; then the first fault may come. */
  async warmUp(): Promise<void> {
    const deadlineMs = this.history.nowMs() + WARM_UP_MS_MAX;
    while (
      this.#missingTraffic() !== undefined &&
      this.history.nowMs() < deadlineMs &&
      !this.#ended.signal.aborted
    ) {
      await sleep(POLL_MS);
    }
    this.requireTraffic();
  }

  /** Throws VoidRunError unless enough has been written through every router to every shard. */
  requireTraffic(): void {
    const missing = this.#missingTraffic();
    if (missing !== undefined) throw new VoidRunError(missing);
  }

  /** Ends the clients and waits for their last answers. Rejects when one failed in a way none may. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#clients;
  }

  #missingTraffic(): string | undefined {
    const { decided } = this.history;
    for (const region of this.#cluster.regions) {
      for (const shardId of new Set(this.#issuers.map((issuer) => issuer.shardId))) {
        const count = decided.filter(
          ({ request, end }) => request.region === region && end.decision.label.position.shardId === shardId,
        ).length;
        if (count < TRAFFIC_MIN)
          return `${count} of ${TRAFFIC_MIN} writes from ${region} on shard ${shardId}`;
      }
    }
    return undefined;
  }

  #run(region: string, seed: number): Promise<void>[] {
    const session = new Session();
    const shared = {
      region,
      client: this.#cluster.client(region),
      session,
      history: this.history,
      ended: this.#ended.signal,
    };
    const otherClient = this.#cluster.otherClient(region);
    const writers = this.#issuers.map((issuer, index) =>
      runWriter({ ...shared, issuer, otherClient, random: seededRandom(seed + index) }),
    );
    const reader = runReader({ ...shared, issuers: this.#issuers, random: seededRandom(seed + 99) });
    return [...writers, reader];
  }
}
