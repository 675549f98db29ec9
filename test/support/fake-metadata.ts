import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import {
  AdminService,
  ListIssuersResponseSchema,
  RegisterIssuerResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  GetShardMapResponseSchema,
  LocateIssuerResponseSchema,
  MetadataService,
  type NodeInfo,
  NodeInfoSchema,
  type ShardConfig,
  ShardConfigSchema,
  ShardMapSchema,
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { TestRpcServer } from "./rpc-server.ts";

/** A metadata service that says what the test tells it, without a memory of its own. */
export class FakeMetadata {
  readonly shards = new Map<number, ShardConfig>();
  readonly nodes = new Map<string, NodeInfo>();
  /** Shard of every issuer. */
  readonly issuers = new Map<string, number>();
  clusterId = "test-cluster";
  /** Issuers asked for, in order. */
  readonly located: string[] = [];
  refreshes = 0;
  /** Error of every lookup of an issuer. */
  locateError: StoreError | undefined;
  /** Lookups wait for this. */
  locateGate: Promise<void> = Promise.resolve();
  readonly #server = new TestRpcServer();
  readonly #watchers = new Set<ServerStream<WatchShardMapResponse>>();

  get address(): string {
    return this.#server.address;
  }

  async start(): Promise<this> {
    this.#server.serving(MetadataService, {
      locateIssuer: async ({ issuerId }) => this.#locate(issuerId),
      getShardMap: async () => {
        this.refreshes++;
        return create(GetShardMapResponseSchema, { shardMap: this.#map() });
      },
      watchShardMap: async (_request, stream) => this.#watch(stream),
    });
    this.#server.serving(AdminService, {
      registerIssuer: async ({ issuerId }) => {
        this.issuers.set(issuerId, 1);
        return create(RegisterIssuerResponseSchema, { shardId: 1 });
      },
      setIssuerLimit: async () => {
        throw new StoreError("ISSUER_NOT_FOUND", { message: "told by the metadata service" });
      },
      listIssuers: async () => create(ListIssuersResponseSchema, { nextPageToken: "page-2" }),
    });
    await this.#server.start();
    return this;
  }

  stop(): Promise<void> {
    return this.#server.server.stop(0);
  }

  /** Places a node. */
  addNode(
    nodeId: string,
    region: string,
    address: string,
    addressByRegion: Record<string, string> = {},
  ): void {
    this.nodes.set(nodeId, create(NodeInfoSchema, { nodeId, region, address, addressByRegion }));
  }

  /** Places a shard without telling anybody. */
  place(shardId: number, generation: number, leader: string, replicas: readonly string[]): void {
    const config = { shardId, generation: BigInt(generation), leader, replicas: [...replicas] };
    this.shards.set(shardId, create(ShardConfigSchema, config));
  }

  /** Tells the watchers of a shard and of all nodes. */
  announce(shardId: number): void {
    const changedShards = [...this.shards.values()].filter((shard) => shard.shardId === shardId);
    const changedNodes = [...this.nodes.values()];
    for (const watcher of this.#watchers) {
      watcher.write(create(WatchShardMapResponseSchema, { changedShards, changedNodes }));
    }
  }

  #locate(issuerId: string): Promise<ReturnType<typeof create<typeof LocateIssuerResponseSchema>>> {
    this.located.push(issuerId);
    return this.locateGate.then(() => {
      if (this.locateError !== undefined) throw this.locateError;
      const shardId = this.issuers.get(issuerId);
      if (shardId === undefined) throw new StoreError("ISSUER_NOT_FOUND");
      const config = this.shards.get(shardId);
      return create(LocateIssuerResponseSchema, { shardId, recorded: true, ...(config && { config }) });
    });
  }

  async #watch(stream: ServerStream<WatchShardMapResponse>): Promise<void> {
    this.#watchers.add(stream);
    stream.write(create(WatchShardMapResponseSchema, { full: this.#map() }));
    const beat = setInterval(() => stream.write(create(WatchShardMapResponseSchema)), 1000);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    stream.context.signal.addEventListener("abort", () => resolve());
    await over;
    clearInterval(beat);
    this.#watchers.delete(stream);
  }

  #map() {
    return create(ShardMapSchema, {
      clusterId: this.clusterId,
      shards: [...this.shards.values()],
      nodes: [...this.nodes.values()],
    });
  }
}
