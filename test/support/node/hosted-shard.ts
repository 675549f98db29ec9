import { PUBLIC_KIND_MAX } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { Metrics } from "../../../common/metrics/metrics.ts";
import { CheckpointPacer } from "../../../node/runtime/checkpoint-pacer.ts";
import { type HostEnvironment, ShardHost, type SubmitOptions } from "../../../node/runtime/shard-host.ts";
import { CommitMetrics, ShardGauges } from "../../../node/runtime/shard-metrics.ts";
import { Turn } from "../../../node/runtime/turn.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type {
  FollowerAcked,
  FollowerAttached,
  ProposeRestart,
  Reply,
  ShardCommand,
} from "../../../node/shard/events.ts";
import { ShardEngine } from "../../../node/shard/shard-engine.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { ManualTime } from "../manual-time.ts";
import { RecordingLog } from "../recording-log.ts";
import { batchOf } from "../shard/batches.ts";
import { FakeFollower } from "../shard/fake-follower.ts";
import { SHARD_ID, TOKEN_HASH_KEY } from "../shard/frame-author.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { TEST_CONFIGURATION } from "./test-replica.ts";

type Sent = { readonly shardId: number; readonly command: ShardCommand; readonly sentMs?: number };

/** A shard host on node "a" with time, disk and network in the test's hands. */
export class HostedShard {
  readonly time = new ManualTime();
  readonly storage = new MemoryStorage();
  readonly log = new RecordingLog();
  readonly sent: Sent[] = [];
  readonly proposals: ProposeRestart[] = [];
  readonly following: [number, string][] = [];
  readonly shipping = new Set<() => void>();
  readonly metrics = new Metrics();
  readonly host: ShardHost;
  readonly environment: HostEnvironment;
  reports = 0;

  /** @param promisedGeneration what the node had promised when it booted */
  constructor(nodeId = "a", promisedGeneration = 0) {
    this.environment = {
      nodeId,
      clock: this.time,
      turn: new Turn((task) => this.time.endOfTurn(task)),
      shipper: { request: (ship) => void this.shipping.add(ship) },
      followers: {
        sendFrames: (shardId, command, sentMs) => void this.sent.push({ shardId, command, sentMs }),
        sendAnswer: (shardId, command) => void this.sent.push({ shardId, command }),
      },
      leaders: {
        follow: (shardId, leader) => void this.following.push([shardId, leader]),
        sendSubscription: (shardId, command) => void this.sent.push({ shardId, command }),
        sendAck: (shardId, command) => void this.sent.push({ shardId, command }),
      },
      metrics: new CommitMetrics(this.metrics),
      log: this.log,
      reportSoon: () => void this.reports++,
      proposeRestart: (_shardId, command) => void this.proposals.push(command),
    };
    const state = new ShardState(TOKEN_HASH_KEY);
    const engine = new ShardEngine({
      shardId: SHARD_ID,
      nodeId,
      log: this.storage.log,
      state,
      checksums: nodeChecksums,
      tokenWindow: { retentionMs: 30 * 86_400_000, aheadMsMax: 300_000 },
      queueRowsMax: 8192,
      nextOperationId: () => "restart",
      tail: { lsn: 0, chain: CHAIN_START, generation: 0 },
      promisedGeneration,
      bootMs: this.time.nowMs,
    });
    this.host = new ShardHost(
      {
        engine,
        storage: this.storage,
        checkpoints: new CheckpointPacer(state, this.storage.log, this.storage, 0),
        gauges: new ShardGauges(this.metrics, SHARD_ID),
      },
      this.environment,
    );
  }

  /** Commands sent to others since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  /** Submits mutations as one batch; the replies are collected in the list. */
  submit(mutations: readonly MutationFields[], options: Partial<SubmitOptions> = {}): Reply[] {
    const replies: Reply[] = [];
    const submitOptions = {
      generation: 0,
      kindMax: PUBLIC_KIND_MAX,
      region: "madrid",
      timeoutMs: 1_000,
      ...options,
    };
    this.host.submit(batchOf(mutations), submitOptions, (reply) => replies.push(reply));
    return replies;
  }

  /** Ends the turn and lets disk and followers finish whatever that leads to. */
  async settle(...followers: FakeFollower[]): Promise<void> {
    for (let i = 0; i < 4; i++) {
      this.time.endTurn();
      await this.storage.finish();
      this.deliverTo(...followers);
    }
  }

  /** Hands over everything sent to some followers, who acknowledge at once; the rest is lost. */
  deliverTo(...followers: FakeFollower[]): void {
    for (const { command, sentMs } of this.take()) {
      if (command.type !== "send_frames") continue;
      const follower = followers.find(({ session }) => session === command.session);
      if (follower === undefined) continue;
      follower.receive(command, sentMs ?? 0);
      this.host.deliver(follower.acknowledge(this.time.nowMs) satisfies FollowerAcked);
    }
  }

  /** Attaches a follower as if it had subscribed. */
  attach(follower: FakeFollower, session: number): void {
    this.host.deliver(follower.attach(session, this.time.nowMs, 1) satisfies FollowerAttached);
  }

  /**
   * Leads generation 1: the sync peer (session 1) is attached and returned, the remote (session 2)
   * has proved once that it holds everything, and hears nothing more.
   */
  async lead(): Promise<FakeFollower> {
    const peer = new FakeFollower("b");
    const remote = new FakeFollower("c");
    this.host.configure({ ...TEST_CONFIGURATION, established: false });
    await this.storage.finish();
    this.time.endTurn();
    this.attach(peer, 1);
    await this.settle(peer);
    this.host.configure({ ...TEST_CONFIGURATION, established: true });
    this.attach(remote, 2);
    for (let i = 0; i < 2; i++) {
      this.host.beat();
      this.deliverTo(peer, remote);
    }
    this.shipping.clear();
    return peer;
  }
}
