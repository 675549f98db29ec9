import { setTimeout as sleep } from "node:timers/promises";
import type { Reason } from "../../../common/errors/catalog.ts";
import { shardById } from "../../support/cluster/shard-group.ts";
import type { TestCluster } from "../../support/cluster/test-cluster.ts";
import { type Stretch, timeWithoutWritesMs, writesWithin } from "../checks/time-without-writes.ts";
import type { DecidedOperation, Operation } from "../history/operation.ts";
import { expect } from "../scenario.ts";
import type { LiveLoad } from "./live-load.ts";
import type { TradedIssuer } from "./traded-issuer.ts";

/** New writes that show that a shard is written to again. */
const RESUMED_WRITES = 10;
/** In which they must come: booting, replaying and a new generation on a busy machine. */
const RESUME_MS_MAX = 45_000;
const POLL_MS = 50;

/** A cluster under load that is being broken and healed. */
export class Experiment {
  readonly cluster: TestCluster;
  readonly #load: LiveLoad;
  readonly #issuers: readonly TradedIssuer[];
  #firstFaultMs: number | undefined;

  constructor(cluster: TestCluster, load: LiveLoad, issuers: readonly TradedIssuer[]) {
    this.cluster = cluster;
    this.#load = load;
    this.#issuers = issuers;
  }

  /** Breaks something. Rejects with VoidRunError when too little was written before the first time. */
  async fault(action: () => Promise<unknown>): Promise<void> {
    if (this.#firstFaultMs === undefined) this.#load.requireTraffic();
    this.#firstFaultMs ??= this.nowMs();
    await action();
  }

  /** Monotonic milliseconds, as in the history. */
  nowMs(): number {
    return this.#load.history.nowMs();
  }

  /** Lets time pass. @returns the stretch, without the moments in which the fault is still spreading */
  async pass(ms: number): Promise<Stretch> {
    const fromMs = this.nowMs();
    await sleep(ms);
    return { fromMs, toMs: this.nowMs() };
  }

  /** Waits until new writes of a shard are answered that were sent after this call. */
  async untilWritten(shardId: number): Promise<void> {
    const fromMs = this.nowMs();
    const isWritten = (): boolean => this.writes(shardId, { fromMs, toMs: this.nowMs() }) >= RESUMED_WRITES;
    while (!isWritten() && this.nowMs() < fromMs + RESUME_MS_MAX) await sleep(POLL_MS);
    expect(isWritten(), `shard ${shardId} takes no writes ${RESUME_MS_MAX / 1000} s after it was healed`);
  }

  /** Waits until a node leads a shard in an established generation. */
  async untilLedBy(shardId: number, nodeId: string): Promise<void> {
    const client = this.cluster.client(this.cluster.regions[0]);
    const deadlineMs = this.nowMs() + RESUME_MS_MAX;
    const isLeading = async (): Promise<boolean> => {
      const { leader, isEstablished } = await shardById(client, shardId);
      return isEstablished && leader === nodeId;
    };
    while (!(await isLeading())) {
      expect(this.nowMs() < deadlineMs, `${nodeId} does not lead shard ${shardId}`);
      await sleep(POLL_MS);
    }
  }

  /** An issuer of a shard that the clients trade on. */
  issuerOn(shardId: number): string {
    const issuer = this.#issuers.find((candidate) => candidate.shardId === shardId);
    expect(issuer !== undefined, `no issuer on shard ${shardId}`);
    return issuer.issuerId;
  }

  /** New writes of a shard that were sent and answered within a stretch. */
  writes(shardId: number, stretch: Stretch): number {
    return writesWithin(this.#writesOn(shardId), stretch);
  }

  /** Answers to writes of a shard, whenever they were sent, that came within a stretch. */
  answers(shardId: number, { fromMs, toMs }: Stretch): number {
    return this.#writesOn(shardId).filter(({ endedMs }) => endedMs >= fromMs && endedMs <= toMs).length;
  }

  /** New writes of a region's clients that were sent and answered within a stretch. */
  writesFrom(region: string, stretch: Stretch): number {
    return writesWithin(this.#writesFrom(region), stretch);
  }

  /** Longest time without a new write of a shard, from the first fault to now, in seconds. */
  secondsWithoutWrites(shardId: number): number {
    return timeWithoutWritesMs(this.#writesOn(shardId), this.#sinceFault()) / 1000;
  }

  /** Longest time without a new write of a region's clients, from the first fault to now, in seconds. */
  secondsWithoutWritesFrom(region: string): number {
    return timeWithoutWritesMs(this.#writesFrom(region), this.#sinceFault()) / 1000;
  }

  /** Operations of a region's clients that had no answer at a moment, as far as they have come by now. */
  openAt(region: string, atMs: number): Operation[] {
    return this.#load.history.operations.filter(
      ({ request, invokedMs, endedMs }) => request.region === region && invokedMs <= atMs && endedMs > atMs,
    );
  }

  /** Refusals that clients of a shard saw within a stretch, by reason. */
  refusals(shardId: number, { fromMs, toMs }: Stretch): ReadonlyMap<Reason, number> {
    const onShard = new Set(
      this.#issuers.filter((issuer) => issuer.shardId === shardId).map(({ issuerId }) => issuerId),
    );
    const counts = new Map<Reason, number>();
    for (const { request, end, endedMs } of this.#load.history.operations) {
      if (end.type !== "refused" || endedMs < fromMs || endedMs > toMs || !onShard.has(request.issuerId))
        continue;
      counts.set(end.error.reason, (counts.get(end.error.reason) ?? 0) + 1);
    }
    return counts;
  }

  #writesOn(shardId: number): DecidedOperation[] {
    return this.#load.history.decided.filter(({ end }) => end.decision.label.position.shardId === shardId);
  }

  #writesFrom(region: string): DecidedOperation[] {
    return this.#load.history.decided.filter(({ request }) => request.region === region);
  }

  #sinceFault(): Stretch {
    return { fromMs: this.#firstFaultMs ?? this.nowMs(), toMs: this.nowMs() };
  }
}
