import { create } from "@bufbuild/protobuf";
import { systemClock } from "../../common/clock.ts";
import { loadConfig } from "../../common/config/load-config.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { Metrics } from "../../common/metrics/metrics.ts";
import { systemRandom } from "../../common/random.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import { RpcChannel } from "../../common/rpc/channel.ts";
import type { Service } from "../../common/service.ts";
import { metadataConfigSchema } from "../../metadata/config.ts";
import { createMetadataProcess } from "../../metadata/metadata-process.ts";
import type { ListenAddresses } from "../../metadata/listeners.ts";
import { NodeAdminService } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  GetShardMapRequestSchema,
  KeepAliveRequestSchema,
  MetadataService,
  type RegisterNodeResponse,
  RegisterNodeRequestSchema,
  type ShardMap,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ReplicationService } from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { RecordingLog } from "../support/recording-log.ts";
import { TestRpcServer } from "../support/rpc-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { FOUR_NODES } from "./fixtures.ts";

/** The part of a test that cleans up. */
type Teardown = { teardown(callback: () => unknown): void };

export const DEADLINE = { deadlineMs: 5000 };

/** Where nodes that are not faked stand. */
const NOBODY_LISTENS = "127.0.0.1:1";

/** A metadata service on loopback with a real store, and a client of it. */
export class RunningMetadata {
  readonly log = new RecordingLog();
  readonly metrics = new Metrics();
  readonly failures: unknown[] = [];
  readonly directory: string;
  addresses: ListenAddresses = { grpc: "", ops: "" };
  #channel: RpcChannel | undefined;
  #service: Service | undefined;
  readonly #flags: Readonly<Record<string, string>>;

  constructor(t: Teardown, flags: Readonly<Record<string, string>> = {}) {
    this.directory = temporaryDirectory(t);
    this.#flags = flags;
    t.teardown(() => this.stop());
  }

  /** A client of the running service. */
  get channel(): RpcChannel {
    if (this.#channel === undefined) throw new Error("metadata does not run");
    return this.#channel;
  }

  async start(): Promise<this> {
    const flags = {
      "--listen": "127.0.0.1:0",
      "--ops-listen": "127.0.0.1:0",
      "--data-dir": this.directory,
      "--site": "geneva",
      "--regions": "madrid:Europe/Madrid,new-york:America/New_York",
      "--shards": "2",
      ...this.#flags,
    };
    this.#service = createMetadataProcess(loadConfig(metadataConfigSchema, { flags }).value, {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
      metrics: this.metrics,
      newId: () => crypto.randomUUID(),
      giveUp: (error) => this.failures.push(error),
      onReady: (addresses) => {
        this.addresses = addresses;
      },
    });
    await this.#service.run();
    this.#channel = new RpcChannel(this.addresses.grpc, { unreachableReason: "METADATA_UNAVAILABLE" });
    return this;
  }

  async stop(): Promise<void> {
    this.#channel?.close();
    const service = this.#service;
    this.#service = undefined;
    await service?.drain?.();
    await service?.stop();
  }

  async shardMap(): Promise<ShardMap> {
    const { method } = MetadataService;
    const answer = await this.channel.unary(method.getShardMap, create(GetShardMapRequestSchema), DEADLINE);
    return answer.shardMap as ShardMap;
  }

  /** Registers one of the four nodes at an address. */
  register(
    number: number,
    changes: { address?: string; bootId?: string } = {},
  ): Promise<RegisterNodeResponse> {
    const { addressByRegion, ...node } = { ...FOUR_NODES[number], address: NOBODY_LISTENS, ...changes };
    const request = create(RegisterNodeRequestSchema, {
      node: { ...node, addressByRegion: { ...addressByRegion } },
    });
    return this.channel.unary(MetadataService.method.registerNode, request, DEADLINE);
  }

  /** Registers all four nodes; the shards are placed then. */
  async bootstrap(addresses: readonly string[] = []): Promise<this> {
    for (const number of FOUR_NODES.keys()) {
      const address = addresses[number];
      await this.register(number, address === undefined ? {} : { address });
    }
    return this;
  }

  /** One of the four nodes says that it serves the shards it leads. */
  async keepAlive(number: number, shards: readonly { shardId: number; generation: bigint }[]): Promise<void> {
    const { nodeId, bootId } = FOUR_NODES[number];
    const heartbeats = shards.map((shard) => ({
      ...shard,
      promisedGeneration: shard.generation,
      established: true,
      hasAuthority: true,
      durableLsn: 12n,
      committedLsn: 11n,
      remoteDurableLsn: 10n,
    }));
    const request = create(KeepAliveRequestSchema, { nodeId, bootId, shards: heartbeats });
    await this.channel.unary(MetadataService.method.keepAlive, request, DEADLINE);
  }
}

/** The error of a call that must fail. */
export async function failure(answer: Promise<unknown>): Promise<StoreError> {
  const error = await answer.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof StoreError) return error;
  throw error;
}

/** A node that answers the calls the metadata service makes, as a test wishes. */
export async function fakeNode(
  t: Teardown,
  admin: ServiceHandlers<typeof NodeAdminService>,
  replication: ServiceHandlers<typeof ReplicationService> = {},
): Promise<TestRpcServer> {
  const server = new TestRpcServer();
  server.serving(NodeAdminService, admin).serving(ReplicationService, replication);
  await server.start();
  t.teardown(() => server.server.stop(100));
  return server;
}
