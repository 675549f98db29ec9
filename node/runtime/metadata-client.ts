import { create } from "@bufbuild/protobuf";
import type { ResponseReceiver, ResponseStream } from "../../common/rpc/response-stream.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import {
  GetShardMapRequestSchema,
  type KeepAliveResponse,
  KeepAliveRequestSchema,
  MetadataService,
  type NodeInfo,
  ProposeConfigRequestSchema,
  type RegisterNodeResponse,
  RegisterNodeRequestSchema,
  type ShardConfig,
  type ShardHeartbeat,
  type ShardMap,
  type WatchShardMapResponse,
  WatchShardMapRequestSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

/** Longest wait for an answer of the metadata service, milliseconds. */
const CALL_OPTIONS = { deadlineMs: 2_000, foreignReason: "METADATA_UNAVAILABLE" } as const;

/** This node's calls to the metadata service. They reject with StoreErrors only. */
export class MetadataClient {
  readonly #channel: RpcChannel;

  constructor(channel: RpcChannel) {
    this.#channel = channel;
  }

  /** Introduces this node. `clusterId` is that of its data, "" when it has none. */
  register(node: NodeInfo, clusterId: string): Promise<RegisterNodeResponse> {
    const request = create(RegisterNodeRequestSchema, { node, clusterId });
    return this.#channel.unary(MetadataService.method.registerNode, request, CALL_OPTIONS);
  }

  /** Says that this node lives and how its shards do. */
  keepAlive(nodeId: string, bootId: string, shards: ShardHeartbeat[]): Promise<KeepAliveResponse> {
    const request = create(KeepAliveRequestSchema, { nodeId, bootId, shards });
    return this.#channel.unary(MetadataService.method.keepAlive, request, CALL_OPTIONS);
  }

  /** Proposes a configuration. @returns the one in force afterwards */
  async proposeConfig(
    expectedGeneration: bigint,
    config: ShardConfig,
    proposer: string,
  ): Promise<ShardConfig | undefined> {
    const request = create(ProposeConfigRequestSchema, { expectedGeneration, config, proposer });
    const answer = await this.#channel.unary(MetadataService.method.proposeConfig, request, CALL_OPTIONS);
    return answer.config;
  }

  /** Reads the whole shard map. */
  async shardMap(): Promise<ShardMap | undefined> {
    const request = create(GetShardMapRequestSchema);
    return (await this.#channel.unary(MetadataService.method.getShardMap, request, CALL_OPTIONS)).shardMap;
  }

  /** Hears of changes of the shard map: the full one first, a sign of life every second. */
  watchShardMap(watcherId: string, receiver: ResponseReceiver<WatchShardMapResponse>): ResponseStream {
    const request = create(WatchShardMapRequestSchema, { watcherId });
    const options = { foreignReason: "METADATA_UNAVAILABLE" } as const;
    return this.#channel.serverStream(MetadataService.method.watchShardMap, request, receiver, options);
  }

  /** Gives up the connection as it is, for one that fell silent. */
  reconnect(): void {
    this.#channel.rebuild();
  }

  close(): void {
    this.#channel.close();
  }
}
