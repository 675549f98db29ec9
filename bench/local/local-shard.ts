import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../common/assert.ts";
import { Kind } from "../../common/batch/kinds.ts";
import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import { systemClock } from "../../common/clock.ts";
import { createLog } from "../../common/log/pino-log.ts";
import { Metrics } from "../../common/metrics/metrics.ts";
import { systemRandom } from "../../common/random.ts";
import { nodeConfigSchema } from "../../node/config.ts";
import { FollowerStreams } from "../../node/replication/follower-streams.ts";
import { LeaderStreams } from "../../node/replication/leader-streams.ts";
import { AppendBacklog } from "../../node/runtime/append-backlog.ts";
import { Lanes } from "../../node/runtime/lanes.ts";
import { type HostEnvironment, ShardHost } from "../../node/runtime/shard-host.ts";
import { ShardHosts } from "../../node/runtime/shard-hosts.ts";
import type { CommitMetrics } from "../../node/runtime/shard-metrics.ts";
import { ShardOpener } from "../../node/runtime/shard-opener.ts";
import { Shipper } from "../../node/runtime/shipper.ts";
import { systemTimers } from "../../node/runtime/timers.ts";
import { Turn } from "../../node/runtime/turn.ts";
import type { ShardConfiguration } from "../../node/shard/configuration.ts";
import type { IssuerRow } from "../../node/shard/issuer-table.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { NodeDisk } from "../../node/wal/node-disk.ts";

const NODE_ID = "bench-1";
const REGION = "bench";
export const SHARD_ID = 0;
const INCARNATION = new Uint8Array(16).fill(1);
const TICK_MS = 100;
const TIMEOUT_MS = 60_000;
const ESTABLISH_MS_MAX = 10_000;

/** The settings a node has when nobody says otherwise. */
const DEFAULTS = nodeConfigSchema.shape;

/**
 * One shard in this process, on the parts a storage node is made of: engine, host, lane thread, log
 * and checkpoints on a real disk. It is alone in its ack set, so nothing but the disk is waited for.
 */
export class LocalShard {
  readonly #lanes: Lanes;
  readonly #host: ShardHost;
  readonly #timer: NodeJS.Timeout;

  private constructor(lanes: Lanes, host: ShardHost) {
    this.#lanes = lanes;
    this.#host = host;
    this.#timer = setInterval(() => host.tick(), TICK_MS);
  }

  /**
   * Opens the shard in a directory: a new one, or as it was left.
   * @throws Error when the log or the state there cannot be used
   */
  static async open(directory: string, metrics: CommitMetrics): Promise<LocalShard> {
    const lanes = await Lanes.open({
      dataDirectory: directory,
      laneCount: 1,
      ballastBytes: 0,
      clock: systemClock,
      onFailure: (failure) => {
        throw failure;
      },
    });
    const opened = await shardOpener(directory, lanes).open(SHARD_ID, INCARNATION, environment(metrics));
    if (opened instanceof ShardHost) return new LocalShard(lanes, opened);
    await lanes.close();
    throw new Error(opened.problem);
  }

  /** The shard's state and log, as last committed. */
  get host(): ShardHost {
    return this.#host;
  }

  /** Makes it lead its first generation. */
  async lead(): Promise<void> {
    const configuration = firstGeneration();
    this.#host.configure(configuration);
    const deadlineMs = systemClock.monotonicMs() + ESTABLISH_MS_MAX;
    while (!this.#host.status().isEstablished) {
      assert(systemClock.monotonicMs() < deadlineMs, "a shard alone establishes its generation");
      await sleep(1);
    }
    // In a cluster the metadata service records that before the generation serves.
    this.#host.configure({ ...configuration, established: true });
  }

  /** Commits a batch: resolves when all of it is on stable storage. */
  submit(batch: MutationBatch): Promise<ResultBatch> {
    return new Promise((resolve) => {
      const options = { generation: 0, kindMax: Kind.SET_LIMIT, region: REGION, timeoutMs: TIMEOUT_MS };
      this.#host.submit(batch, options, ({ results }) => resolve(results));
    });
  }

  /** Brings the checkpoint up to date and closes everything. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#host.finish();
    await this.#lanes.close();
  }
}

/** What a shard says of its issuers, by id. */
export function issuerStates({ host }: LocalShard): ReadonlyMap<string, IssuerRow> {
  const { issuers } = host.state;
  return new Map(
    Array.from({ length: issuers.count }, (_, number) => [issuers.issuerId(number), issuers.row(number)]),
  );
}

function firstGeneration(): ShardConfiguration {
  return {
    shardId: SHARD_ID,
    generation: 1,
    incarnation: INCARNATION,
    leader: NODE_ID,
    ackSet: [NODE_ID],
    remote: "",
    replicas: [NODE_ID],
    startLsn: 1,
    operationId: randomUUID(),
    established: false,
  };
}

function shardOpener(directory: string, lanes: Lanes): ShardOpener {
  return new ShardOpener({
    nodeId: NODE_ID,
    dataDirectory: directory,
    lanes,
    backlog: new AppendBacklog((shardId, bytes) => lanes.roomFor(shardId, bytes)),
    disk: new NodeDisk(),
    checksums: nodeChecksums,
    frameCacheBytes: DEFAULTS.frameCacheBytes.parse(undefined),
    tokenWindow: {
      retentionMs: DEFAULTS.tokenRetentionMs.parse(undefined),
      aheadMsMax: DEFAULTS.tokenAheadMsMax.parse(undefined),
    },
    queueRowsMax: DEFAULTS.queueRowsMax.parse(undefined),
    newId: randomUUID,
    timers: systemTimers,
    metrics: new Metrics(),
    log: LOG,
  });
}

const LOG = createLog({ level: "error", fields: { role: "bench" } });

/** Nobody follows and nobody is followed: the streams stay empty. */
function environment(metrics: CommitMetrics): HostEnvironment {
  const turn = new Turn((task) => systemTimers.endOfTurn(task));
  const shared = {
    nodeId: NODE_ID,
    clusterId: "",
    clock: systemClock,
    shards: new ShardHosts(),
    endOfTurn: turn.atSend,
    log: LOG,
  };
  const leaders = new LeaderStreams({
    ...shared,
    bootId: randomUUID(),
    random: systemRandom,
    checksums: nodeChecksums,
    dial: () => undefined,
    hasRoom: () => true,
    countMalformed: () => {},
  });
  return {
    nodeId: NODE_ID,
    clock: systemClock,
    turn,
    shipper: new Shipper(systemTimers),
    followers: new FollowerStreams(shared),
    leaders,
    metrics,
    log: LOG,
    reportSoon: () => {},
    proposeRestart: () => {},
  };
}
