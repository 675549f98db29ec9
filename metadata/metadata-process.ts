import { SESSION_KEY_BYTES } from "../common/tokens/session-token.ts";
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../common/clock.ts";
import { ConfigError } from "../common/config/config-error.ts";
import type { Log } from "../common/log/log.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import type { Random } from "../common/random.ts";
import { type Service, ServiceGroup } from "../common/service.ts";
import { create } from "@bufbuild/protobuf";
import { RegionInfoSchema } from "../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { type MetadataConfig, operationTimingsOf, shapeOf, timingsOf } from "./config.ts";
import { EngineDriver } from "./engine-driver.ts";
import { type ListenAddresses, Listeners } from "./listeners.ts";
import type { Change } from "./model/changes.ts";
import { checkCoherence } from "./model/coherence.ts";
import type { Finding } from "./model/finding.ts";
import { MetadataEngine } from "./model/metadata-engine.ts";
import { countOperations } from "./operation-counts.ts";
import { OperationTicker } from "./operation-ticker.ts";
import { Pulse } from "./pulse.ts";
import { adminHandlers } from "./rpc/admin-handlers.ts";
import { ClusterStatus } from "./rpc/cluster-status.ts";
import { IssuerCalls } from "./rpc/issuer-calls.ts";
import { LeaderCaller } from "./rpc/leader-caller.ts";
import { metadataHandlers } from "./rpc/metadata-handlers.ts";
import { NodeChannels } from "./rpc/node-channels.ts";
import { OperationCalls } from "./rpc/operation-calls.ts";
import { OperationFeed } from "./rpc/operation-feed.ts";
import { ReplicaPoll } from "./rpc/replica-poll.ts";
import { SealCaller } from "./rpc/seal-caller.ts";
import { ShardMapFeed } from "./rpc/shard-map-feed.ts";
import { MetadataStore } from "./store/metadata-store.ts";

/** Everything a metadata process takes from outside. */
export interface MetadataEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Makes UUIDs. */
  readonly newId: () => string;
  /** Ends the process because its disk failed. */
  readonly giveUp: (error: unknown) => void;
  /** Hears the addresses once everything listens. */
  readonly onReady: (addresses: ListenAddresses) => void;
}

/** A process that is being replaced gets this long to let go of the data directory. */
const LOCK_WAIT_MS = 3000;

/** Bytes of the key that signs session tokens. */

/**
 * Puts a metadata process together and opens its store; it listens once it runs.
 * @throws ConfigError with every contradiction in the configuration
 */
export function createMetadataProcess(config: MetadataConfig, environment: MetadataEnvironment): Service {
  const { random, newId } = environment;
  const newIdentity = () => ({ clusterId: newId(), sessionKey: random.bytes(SESSION_KEY_BYTES) });
  const store = new MetadataStore({ directory: config.dataDir, lockWaitMs: LOCK_WAIT_MS }, newIdentity);
  try {
    const engine = createEngine(config, environment, store);
    const warnings = requireCoherence(config, engine, environment.log);
    return assemble(config, environment, store, engine, warnings);
  } catch (error) {
    store.close();
    throw error;
  }
}

function createEngine(
  config: MetadataConfig,
  { clock, newId }: MetadataEnvironment,
  store: MetadataStore,
): MetadataEngine {
  const options = {
    clusterId: store.identity.clusterId,
    shape: shapeOf(config),
    nodeSilentAfterMs: config.nodeSilentAfterMs,
    startMs: clock.monotonicMs(),
    automaticFailover: config.automaticFailover,
    failoverAcrossRegions: config.failoverAcrossRegions,
    operationTimings: operationTimingsOf(config),
    newId,
  };
  return new MetadataEngine(options, store.facts());
}

/** Refuses to start on an error; what is only a warning is logged and returned. */
function requireCoherence(config: MetadataConfig, engine: MetadataEngine, log: Log): readonly Finding[] {
  const findings = checkCoherence(timingsOf(config), shapeOf(config), config.site, engine.state);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ConfigError(errors.map(({ code, message }) => `${code}: ${message}`));
  for (const finding of findings) log.warn("configuration_warning", { ...finding });
  return findings;
}

function assemble(
  config: MetadataConfig,
  environment: MetadataEnvironment,
  store: MetadataStore,
  engine: MetadataEngine,
  warnings: readonly Finding[],
): Service {
  const { clock, random, log, metrics, giveUp, onReady } = environment;
  const { state } = engine;
  const { identity } = store;
  const feed = new ShardMapFeed(clock, engine.liveness);
  const announce = feed.announce.bind(feed);
  const operationFeed = new OperationFeed();
  const onPersisted = (changes: readonly Change[]): void => {
    operationFeed.announce(changes);
    countOperations(metrics, changes);
  };
  const channels = new NodeChannels(state, config.site, clock);
  const seals = new SealCaller({
    channels,
    log,
    onAnswer: (answer) => void driver.handle({ kind: "seal_answered", ...answer }),
  });
  const perform = seals.perform.bind(seals);
  const driver = new EngineDriver({ engine, store, clock, log, announce, onPersisted, perform, giveUp });
  const leaders = new LeaderCaller({ state, channels, clock, random, pause });
  const poll = new ReplicaPoll(channels, log);
  const status = new ClusterStatus(driver, poll, identity.clusterId, warnings);
  const regions = config.regions.map((setting) => create(RegionInfoSchema, setting));
  const frame = { clusterId: identity.clusterId, regions };
  const listeners = new Listeners({
    addresses: {
      grpc: config.listen,
      ops: config.opsListen,
    },
    metadata: metadataHandlers({
      driver,
      feed,
      identity,
      frame,
    }),
    admin: adminHandlers(status, new IssuerCalls(driver, leaders), new OperationCalls(driver, operationFeed)),
    log,
    clock,
    metrics,
    onReady,
  });
  const pulse = new Pulse({ driver, feed, metrics, regions: shapeOf(config).regions, warnings });
  const services = [
    closing("store", store),
    closing("node_channels", channels),
    closing("seal_caller", seals),
    pulse,
    new OperationTicker(driver, log),
    listeners,
  ];
  return new ServiceGroup("metadata", services, log);
}

/** A part that is ready when it is made and only has to be closed. */
function closing(name: string, part: { close(): void }): Service {
  return { name, run: async () => {}, stop: async () => part.close() };
}
