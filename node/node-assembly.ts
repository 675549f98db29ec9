import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log/log.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import type { Random } from "../common/random.ts";
import { RpcChannel } from "../common/rpc/channel.ts";
import { SessionTokenSigner } from "../common/tokens/session-token.ts";
import type { ShardMap } from "../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ReplicationService } from "../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { NodeConfig } from "./config.ts";
import { ReadGate } from "./reads/read-gate.ts";
import { FollowerStreams } from "./replication/follower-streams.ts";
import type { DialLeader } from "./replication/leader-stream.ts";
import { LeaderStreams } from "./replication/leader-streams.ts";
import { AppendBacklog } from "./runtime/append-backlog.ts";
import { ClusterMap } from "./runtime/cluster-map.ts";
import { DiskWatch } from "./runtime/disk-watch.ts";
import { KeepAlive } from "./runtime/keep-alive.ts";
import type { Lanes } from "./runtime/lanes.ts";
import type { MetadataClient } from "./runtime/metadata-client.ts";
import { RestartProposals } from "./runtime/restart-proposals.ts";
import type { ServingNode } from "./runtime/serving-node.ts";
import type { HostEnvironment } from "./runtime/shard-host.ts";
import { ShardHosts } from "./runtime/shard-hosts.ts";
import { ShardMapWatch } from "./runtime/shard-map-watch.ts";
import { CommitMetrics } from "./runtime/shard-metrics.ts";
import { ShardOpener } from "./runtime/shard-opener.ts";
import { Shipper } from "./runtime/shipper.ts";
import { StorageNode } from "./runtime/storage-node.ts";
import type { Timers } from "./runtime/timers.ts";
import { Turn } from "./runtime/turn.ts";
import { nodeChecksums } from "./wal/checksums.ts";
import { NodeDisk } from "./wal/node-disk.ts";

/** What a node that has been registered is put together from. */
export type AssemblyParts = {
  readonly config: NodeConfig;
  readonly lanes: Lanes;
  readonly client: MetadataClient;
  readonly bootId: string;
  readonly clusterId: string;
  readonly sessionKey: Uint8Array;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The metadata service no longer knows this run of the node. */
  readonly onForgotten: () => Promise<void>;
};

/** A node that has joined its cluster. */
export type RunningNode = {
  readonly serving: ServingNode;
  /** Opens the shards that a map places here. */
  open(map: ShardMap | undefined): Promise<void>;
  /** Starts the clockwork, the signs of life and the watch of the shard map. */
  start(): void;
  drain(): Promise<void>;
  stop(): Promise<void>;
  /** Why some shard is not served; undefined when all are. */
  shardProblem(): string | undefined;
};

/** Puts a node together. Nothing runs before it is started. */
export function assembleNode(parts: AssemblyParts): RunningNode {
  const { config, clock, timers, log, metrics } = parts;
  const hosts = new ShardHosts();
  const map = new ClusterMap(config.region);
  const turn = new Turn((task) => timers.endOfTurn(task));
  const commitMetrics = new CommitMetrics(metrics);
  const followers = new FollowerStreams({ ...streamParts(parts, hosts, turn) });
  const leaders = new LeaderStreams({
    ...streamParts(parts, hosts, turn),
    bootId: parts.bootId,
    random: parts.random,
    checksums: nodeChecksums,
    dial: dialLeader(map, clock),
    hasRoom: (shardId) => hosts.get(shardId)?.hasRoom() ?? true,
    countMalformed: (fault) => {
      log.warn("replication_malformed", { fault });
      commitMetrics.malformedTotal.inc();
    },
  });
  const proposals = new RestartProposals({
    ...parts,
    nodeId: config.nodeId,
    map,
    onConfigs: (configs) => void node.takeConfigs(configs),
  });
  const keepAlive = new KeepAlive({
    ...parts,
    nodeId: config.nodeId,
    heartbeats: () => node.heartbeats(),
    onLeased: (shardId, generation, untilMs) => hosts.get(shardId)?.lease(generation, untilMs),
    onNewer: (configs) => void node.takeConfigs(configs),
  });
  const watch = new ShardMapWatch({
    ...parts,
    nodeId: config.nodeId,
    onNews: (news) => void node.takeNews(news),
  });
  const hostEnvironment: HostEnvironment = {
    nodeId: config.nodeId,
    clock,
    turn,
    shipper: new Shipper(timers),
    followers,
    leaders,
    metrics: commitMetrics,
    log,
    reportSoon: () => keepAlive.soon(),
    proposeRestart: (shardId, command) => proposals.propose(shardId, command),
  };
  const disk = new DiskWatch(
    () => parts.lanes.probeDisk(),
    (verdict) => node.onDiskVerdict(verdict !== "ok"),
    log,
  );
  const opener = shardOpener(parts);
  const node = new StorageNode({
    nodeId: config.nodeId,
    map,
    hosts,
    opener,
    hostEnvironment,
    followers,
    leaders,
    disk,
    timers,
    log,
  });
  return {
    serving: servingNode(parts, hosts, map, followers),
    open: (shardMap) => node.open(shardMap),
    start: () => {
      node.start();
      keepAlive.start();
      watch.start();
    },
    drain: () => node.drain(),
    stop: async () => {
      watch.stop();
      keepAlive.stop();
      proposals.stop();
      await node.stop();
    },
    shardProblem: () => shardProblem(hosts),
  };
}

function streamParts({ config, clusterId, clock, log }: AssemblyParts, hosts: ShardHosts, turn: Turn) {
  return { nodeId: config.nodeId, clusterId, clock, shards: hosts, endOfTurn: turn.atSend, log };
}

function dialLeader(map: ClusterMap, clock: Clock): DialLeader {
  return (nodeId, receiver) => {
    const address = map.addressOf(nodeId);
    if (address === undefined) return undefined;
    const channel = new RpcChannel(address, {}, clock);
    const options = { foreignReason: "LEADER_UNREACHABLE" } as const;
    const stream = channel.bidi(ReplicationService.method.replicate, receiver, options);
    const close = (): void => {
      stream.cancel();
      channel.close();
    };
    return { stream, close };
  };
}

function shardOpener(parts: AssemblyParts): ShardOpener {
  const { config, lanes } = parts;
  const { tokenRetentionMs: retentionMs, tokenAheadMsMax: aheadMsMax } = config;
  return new ShardOpener({
    ...parts,
    nodeId: config.nodeId,
    dataDirectory: config.dataDir,
    backlog: new AppendBacklog((shardId, bytes) => lanes.roomFor(shardId, bytes)),
    disk: new NodeDisk(),
    checksums: nodeChecksums,
    frameCacheBytes: config.frameCacheBytes,
    tokenWindow: { retentionMs, aheadMsMax },
    queueRowsMax: config.queueRowsMax,
  });
}

function servingNode(
  { config, sessionKey, clock, metrics }: AssemblyParts,
  hosts: ShardHosts,
  map: ClusterMap,
  followers: FollowerStreams,
): ServingNode {
  const { nodeId, region, tokenRetentionMs } = config;
  const sessions = new SessionTokenSigner(sessionKey);
  const gate = new ReadGate(sessions, (result) => {
    metrics.counter("harborpoint_follower_reads_total", { result }).inc();
  });
  const answerer = { nodeId, region, regionOf: map.regionOf };
  return { answerer, hosts, followers, sessions, gate, clock, tokenRetentionMs };
}

function shardProblem(hosts: ShardHosts): string | undefined {
  const stuck = [...hosts].filter(({ problem }) => problem !== undefined);
  const problems = [...hosts.refused, ...stuck.map(({ shardId, problem }) => [shardId, problem] as const)];
  return problems.map(([shardId, problem]) => `shard ${shardId}: ${problem}`).join("; ") || undefined;
}
