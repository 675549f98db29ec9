import { toJson } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { HarborpointClient } from "../../client/index.ts";
import {
  DescribeShardResponseSchema,
  ShardStatusSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { type Listing, listing, type OutputFormat } from "../output/listing.ts";
import { parseShard } from "./arguments.ts";
import { addShardChangeCommands } from "./shard-change-commands.ts";
import { REPLICA_COLUMNS, SHARD_COLUMNS } from "../output/shard-columns.ts";

interface DescribeOptions extends ClusterOptions {
  readonly stateHash?: true;
}

/** `harborpoint shard list | describe | switchover | history`. */
export function addShardCommands(program: Command): void {
  const shard = program.command("shard").summary("look at shards, change who leads them");
  withClusterOptions(shard.command("list"))
    .summary("list shards with their leaders and positions (LSN)")
    .action((options: ClusterOptions) => withClient(options, (client) => listShards(client, options.output)));
  withClusterOptions(shard.command("describe"))
    .argument("<shard>", "number of the shard", parseShard)
    .summary("show the replicas of a shard with their positions (LSN)")
    .option("--state-hash", "also ask every replica for the hash of its state")
    .action((shardId: number, options: DescribeOptions) =>
      withClient(options, (client) => describeShard(client, shardId, options)),
    );
  addShardChangeCommands(shard);
}

async function listShards(client: HarborpointClient, format: OutputFormat): Promise<Listing> {
  const shards = await client.cluster.listShards();
  const data = shards.map((shard) => toJson(ShardStatusSchema, shard));
  return listing(format, SHARD_COLUMNS, shards, data);
}

async function describeShard(
  client: HarborpointClient,
  shardId: number,
  { output, stateHash }: DescribeOptions,
): Promise<Listing> {
  const description = await client.cluster.describeShard(shardId, { withStateHash: stateHash === true });
  const data = toJson(DescribeShardResponseSchema, description);
  return listing(output, REPLICA_COLUMNS, description.shard?.replicas ?? [], data);
}
