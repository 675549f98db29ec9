import type { Log } from "../../common/log/log.ts";
import { create } from "@bufbuild/protobuf";
import {
  type ShardConfig,
  type ShardHeartbeat,
  ShardHeartbeatSchema,
  type ShardMap,
  type WatchShardMapResponse,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { FollowerStreams } from "../replication/follower-streams.ts";
import { LEADER_BEAT_MS, type LeaderStreams } from "../replication/leader-streams.ts";
import type { ClusterMap } from "./cluster-map.ts";
import { DISK_PROBE_MS, type DiskWatch } from "./disk-watch.ts";
import { shardConfiguration } from "./shard-configuration.ts";
import { type HostEnvironment, ShardHost } from "./shard-host.ts";
import type { ShardHosts } from "./shard-hosts.ts";
import type { ShardOpener } from "./shard-opener.ts";
import { pause, type StopTimer, type Timers } from "./timers.ts";

/** How often leaders send signs of life to their followers, milliseconds. */
const HEARTBEAT_MS = 250;
/** How often the shards hear that time passes, milliseconds. */
const TICK_MS = 100;
const SHOW_MS = 1_000;

/** The parts of a node's runtime. */
export type StorageNodeParts = {
  readonly nodeId: string;
  readonly map: ClusterMap;
  readonly hosts: ShardHosts;
  readonly opener: Pick<ShardOpener, "open">;
  readonly hostEnvironment: HostEnvironment;
  readonly followers: Pick<FollowerStreams, "beat" | "close">;
  readonly leaders: Pick<LeaderStreams, "beat" | "close">;
  readonly disk: Pick<DiskWatch, "check" | "verdict">;
  readonly timers: Timers;
  readonly log: Log;
};

/**
 * The shards of one node and the clockwork that drives them. Opens every shard whose configuration
 * lists this node among the replicas, now or later, and hands new configurations on.
 */
export class StorageNode {
  readonly #parts: StorageNodeParts;
  readonly #opening = new Map<number, Promise<void>>();
  #stopTimers: StopTimer[] = [];
  #isStopped = false;

  constructor(parts: StorageNodeParts) {
    this.#parts = parts;
  }

  /** Opens the shards that a map places here. */
  async open(map: ShardMap | undefined): Promise<void> {
    if (map === undefined) return;
    this.#parts.map.takeNodes(map.nodes);
    await this.takeConfigs(map.shards);
  }

  /** Takes configurations in force; resolves when the shards that are new here are open. */
  async takeConfigs(configs: readonly ShardConfig[]): Promise<void> {
    await Promise.all(this.#parts.map.takeShards(configs).map((config) => this.#take(config)));
  }

  /** Takes what the watch of the shard map brings. */
  async takeNews(news: WatchShardMapResponse): Promise<void> {
    const { map } = this.#parts;
    map.takeNodes([...(news.full?.nodes ?? []), ...news.changedNodes]);
    await this.takeConfigs([...(news.full?.shards ?? []), ...news.changedShards]);
  }

  /** Starts the clockwork. */
  start(): void {
    const { timers, leaders, disk } = this.#parts;
    this.#stopTimers = [
      timers.every(HEARTBEAT_MS, () => this.#beat()),
      timers.every(TICK_MS, () => this.#tick()),
      timers.every(LEADER_BEAT_MS, () => leaders.beat()),
      timers.every(SHOW_MS, () => this.#show()),
      timers.every(DISK_PROBE_MS, () => void disk.check()),
    ];
  }

  /** Refuses new batches; resolves when those under way are answered. */
  async drain(): Promise<void> {
    const { hosts, timers } = this.#parts;
    for (const host of hosts) host.drain();
    // The engines answer every batch by its deadline at the latest.
    while ([...hosts].some((host) => host.isBusy) && !this.#isStopped) {
      await pause(timers, TICK_MS);
    }
  }

  /** Stops the clockwork and the streams, then brings the checkpoints up to date. */
  async stop(): Promise<void> {
    const { hosts, followers, leaders } = this.#parts;
    this.#isStopped = true;
    for (const stopTimer of this.#stopTimers) stopTimer();
    leaders.close();
    followers.close();
    await Promise.all(this.#opening.values());
    await Promise.all([...hosts].map((host) => host.finish()));
  }

  /** A room verdict changed. */
  onDiskVerdict(isFull: boolean): void {
    for (const { shardId } of this.#parts.hosts) {
      this.#parts.hosts.deliver(shardId, { type: "disk_space", full: isFull });
    }
  }

  /** How the shards do, as the metadata service wants to hear it. */
  readonly heartbeats = (): ShardHeartbeat[] => {
    return [...this.#parts.hosts].map((host) => heartbeatOf(host));
  };

  async #take(config: ShardConfig): Promise<void> {
    const { hosts, nodeId, log } = this.#parts;
    const { shardId } = config;
    if (hosts.get(shardId) === undefined) {
      if (!config.replicas.includes(nodeId) || hosts.problemOf(shardId) !== undefined) return;
      await this.#open(config);
    }
    const newest = this.#parts.map.shard(shardId) ?? config;
    log.info("shard_configured", { shardId, generation: newest.generation, leader: newest.leader });
    hosts.get(shardId)?.configure(shardConfiguration(newest));
  }

  #open(config: ShardConfig): Promise<void> {
    const { shardId } = config;
    const known = this.#opening.get(shardId);
    if (known !== undefined) return known;
    const opening = this.#openOnce(config).finally(() => this.#opening.delete(shardId));
    this.#opening.set(shardId, opening);
    return opening;
  }

  async #openOnce(config: ShardConfig): Promise<void> {
    const { opener, hosts, hostEnvironment, disk } = this.#parts;
    const { shardId } = config;
    const opened = await opener.open(shardId, shardConfiguration(config).incarnation, hostEnvironment);
    if (this.#isStopped) return;
    if (!(opened instanceof ShardHost)) return hosts.refuse(shardId, opened.problem);
    hosts.add(opened);
    if (disk.verdict !== "ok") opened.deliver({ type: "disk_space", full: true });
  }

  #beat(): void {
    const { hosts, followers } = this.#parts;
    for (const host of hosts) host.beat();
    followers.beat();
  }

  #tick(): void {
    for (const host of this.#parts.hosts) host.tick();
  }

  #show(): void {
    for (const host of this.#parts.hosts) host.show();
  }
}

function heartbeatOf(host: ShardHost): ShardHeartbeat {
  const status = host.status();
  return create(ShardHeartbeatSchema, {
    shardId: host.shardId,
    generation: BigInt(status.configuration?.generation ?? 0),
    promisedGeneration: BigInt(status.promisedGeneration),
    established: status.isEstablished,
    hasAuthority: status.isEstablished && status.hasPeerGrants,
    durableLsn: BigInt(status.durableLsn),
    committedLsn: BigInt(status.committedLsn),
    remoteDurableLsn: BigInt(status.remoteDurableLsn),
  });
}
