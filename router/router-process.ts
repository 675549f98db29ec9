import { Backoff } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import { ERROR_CATALOG } from "../common/errors/catalog.ts";
import { reasonName } from "../common/errors/reason.ts";
import type { Log } from "../common/log/log.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import type { Random } from "../common/random.ts";
import { RpcChannel } from "../common/rpc/channel.ts";
import { type Service, ServiceGroup } from "../common/service.ts";
import { type RouterConfig, routerIdOf } from "./config.ts";
import { IssuerDirectory } from "./directory/issuer-directory.ts";
import { MapWatch } from "./directory/map-watch.ts";
import { ShardDirectory } from "./directory/shard-directory.ts";
import { type ListenAddresses, Listeners } from "./listeners.ts";
import { Pulse } from "./pulse.ts";
import { NodeCalls } from "./read/node-calls.ts";
import { ReadPath } from "./read/read-path.ts";
import { TokenStatusCalls } from "./read/token-status.ts";
import { adminProxy } from "./rpc/admin-proxy.ts";
import { readHandlers } from "./rpc/read-handlers.ts";
import { writeHandlers } from "./rpc/write-handlers.ts";
import { ShardLanes } from "./upstream/shard-lanes.ts";
import { UpstreamMetrics } from "./upstream/upstream-metrics.ts";
import { BatchRouter } from "./write/batch-router.ts";
import { RowBudget } from "./write/row-budget.ts";
import { UnaryWrites } from "./write/unary-writes.ts";
import { WriteMetrics } from "./write/write-metrics.ts";

/** Everything a router takes from outside. */
export type RouterEnvironment = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Hears the addresses once everything listens. */
  readonly onReady: (addresses: ListenAddresses) => void;
};

/** Bounds of the pauses between attempts to reach the metadata service, in milliseconds. */
const METADATA_PAUSE = { minMs: 100, maxMs: 2_000 };

/** Puts a router together; it listens once it runs. */
export function createRouterProcess(config: RouterConfig, environment: RouterEnvironment): Service {
  const { clock, random, log, metrics, onReady } = environment;
  const { region } = config;
  const channel = new RpcChannel(config.metadata, { unreachableReason: "METADATA_UNAVAILABLE" }, clock);
  const shards = new ShardDirectory(region, log);
  const backoff = new Backoff(METADATA_PAUSE, random);
  const watch = new MapWatch({
    watcherId: routerIdOf(config),
    channel,
    directory: shards,
    clock,
    log,
    backoff,
  });
  const issuers = new IssuerDirectory({ channel, shards, clock, entriesMax: config.issuersMax });
  const lanes = new ShardLanes({
    directory: shards,
    region,
    limits: { rowsMax: config.openRowsPerLinkMax, bytesMax: config.openBytesPerLinkMax },
    linksAbroad: config.linksAbroad,
    waitingRowsMax: config.waitingRowsPerShardMax,
    retryAfterMs,
    refreshMap: () => watch.refresh(),
    metrics: new UpstreamMetrics(metrics, shards, region),
    clock,
    random,
    log,
  });
  const writeMetrics = new WriteMetrics(metrics);
  const budget = new RowBudget(config.openRowsMax);
  const calls = new NodeCalls({ directory: shards, watch, links: lanes.links, clock });
  const listeners: Listeners = new Listeners({
    addresses: { grpc: config.listen, ops: config.opsListen },
    reservations: {
      ...writeHandlers({
        router: new BatchRouter({ issuers, lanes, metrics: writeMetrics, retryAfterMs }),
        writes: new UnaryWrites({ issuers, lanes, defer: setImmediate }),
        budget,
        metrics: writeMetrics,
        clock,
        retryAfterMs,
        isDraining: () => listeners.isDraining,
      }),
      ...readHandlers({
        issuers,
        shards,
        calls,
        reads: new ReadPath({ region, directory: shards, calls, clock, metrics }),
        tokens: new TokenStatusCalls({ issuers, shards, calls }),
      }),
    },
    admin: adminProxy(channel, (issuerId, shardId) => issuers.learn(issuerId, shardId)),
    budget,
    isMapKnown: () => shards.known,
    log,
    clock,
    metrics,
    onReady,
  });
  shards.listen(lanes);
  shards.listen(lanes.links);
  shards.listen({ shardPlaced: () => listeners.showReadiness() });
  const metadataChannel = {
    name: "metadata_channel",
    run: async () => {},
    stop: async () => channel.close(),
  };
  return new ServiceGroup(
    "router",
    [metadataChannel, new Pulse({ watch, lanes, clock, metrics }), listeners],
    log,
  );
}

/** Suggested wait before a retry, by ErrorReason number, in milliseconds; 0 when none helps. */
function retryAfterMs(reason: number): number {
  const name = reasonName(reason);
  return name === undefined ? 0 : (ERROR_CATALOG[name].retryAfterMs ?? 0);
}
