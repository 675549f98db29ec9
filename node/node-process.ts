import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log/log.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import type { Random } from "../common/random.ts";
import { Readiness } from "../common/readiness.ts";
import { type Service, ServiceGroup } from "../common/service.ts";
import type { NodeConfig } from "./config.ts";
import { DataDirectory } from "./data-directory.ts";
import { type ListenAddresses, Listeners } from "./listeners.ts";
import { Member } from "./member.ts";
import { nodeAdminHandlers } from "./rpc/node-admin-service.ts";
import { replicationHandlers } from "./rpc/replication-service.ts";
import { reservationHandlers } from "./rpc/reservation-service.ts";
import type { LaneFailure } from "./runtime/lane-failure.ts";
import type { ServingNode } from "./runtime/serving-node.ts";
import type { Timers } from "./runtime/timers.ts";

/** Everything a storage node takes from outside. */
export type NodeEnvironment = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Makes UUIDs. */
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Ends the process because its disk failed. */
  readonly giveUp: (failure: LaneFailure) => void;
  /** Hears the addresses once the node serves. */
  readonly onReady: (addresses: ListenAddresses) => void;
};

/**
 * Puts a storage node together. In the order in which they start: the disk, the listeners (their
 * address is needed to register), the membership, which opens the shards and lets the node serve.
 */
export function createNodeProcess(config: NodeConfig, environment: NodeEnvironment): Service {
  const { clock, timers, log, giveUp } = environment;
  const data = new DataDirectory(
    {
      dataDirectory: config.dataDir,
      laneCount: config.lanes,
      ballastBytes: config.ballastBytes,
      clock,
      onFailure: giveUp,
    },
    clock,
    timers,
  );
  const readiness = new Readiness();
  const serving = (): ServingNode => member.serving();
  const listeners = new Listeners({
    ...environment,
    addresses: { grpc: config.listen, ops: config.opsListen },
    reservation: reservationHandlers(serving),
    admin: nodeAdminHandlers(serving),
    replication: replicationHandlers(serving),
    readiness,
  });
  const member = new Member({ ...environment, config, data, listeners, readiness });
  return new ServiceGroup("node", [data, listeners, member], log);
}
