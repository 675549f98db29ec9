import { create } from "@bufbuild/protobuf";
import {
  AdminService,
  DescribeShardRequestSchema,
  type DescribeShardResponse,
  GetClusterStatusRequestSchema,
  type GetClusterStatusResponse,
  type IssuerPlacement,
  ListIssuersRequestSchema,
  ListShardsRequestSchema,
  type ShardStatus,
} from "../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { RetryingReader } from "./retrying-reader.ts";

/** The state hash of a large shard takes a while. Milliseconds. */
const DESCRIBE_MS_MAX = 10_000;

/** The questions an operator asks about the cluster; answers are the messages of the admin API. */
export class ClusterReads {
  readonly #reader: RetryingReader;

  constructor(reader: RetryingReader) {
    this.#reader = reader;
  }

  /** Nodes, shards, and what is wrong with them. */
  status(timeoutMs?: number): Promise<GetClusterStatusResponse> {
    return this.#reader.ask(
      AdminService.method.getClusterStatus,
      create(GetClusterStatusRequestSchema),
      timeoutMs,
    );
  }

  /** Every shard with its configuration and what its replicas last said. */
  async listShards(timeoutMs?: number): Promise<ShardStatus[]> {
    const answer = await this.#reader.ask(
      AdminService.method.listShards,
      create(ListShardsRequestSchema),
      timeoutMs,
    );
    return answer.shards;
  }

  /** One shard, its replicas asked now. */
  describeShard(
    shardId: number,
    options: { readonly withStateHash?: boolean; readonly timeoutMs?: number } = {},
  ): Promise<DescribeShardResponse> {
    const request = create(DescribeShardRequestSchema, {
      shardId,
      withStateHash: options.withStateHash ?? false,
    });
    return this.#reader.ask(AdminService.method.describeShard, request, options.timeoutMs, DESCRIBE_MS_MAX);
  }

  /** Every issuer with its shard, in the order of their ids, fetched page by page. */
  async *listIssuers(timeoutMs?: number): AsyncGenerator<IssuerPlacement> {
    let pageToken = "";
    do {
      const request = create(ListIssuersRequestSchema, { pageToken });
      const page = await this.#reader.ask(AdminService.method.listIssuers, request, timeoutMs);
      yield* page.issuers;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }
}
