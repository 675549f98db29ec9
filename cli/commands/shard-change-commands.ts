import { toJson } from "@bufbuild/protobuf";
import { type Command, InvalidArgumentError } from "commander";
import type { HarborpointClient } from "../../client/index.ts";
import { SwitchoverResponseSchema } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { LineageEntrySchema } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { details } from "../output/details.ts";
import { type Listing, listing, type OutputFormat } from "../output/listing.ts";
import { GENERATION_COLUMNS } from "../output/operation-columns.ts";
import { parseShard } from "./arguments.ts";
import { followOperation } from "./follow-operation.ts";

interface SwitchoverOptions extends ClusterOptions {
  readonly expectGeneration: number;
  readonly target?: string;
  readonly dryRun?: true;
  readonly wait: boolean;
}

/** `harborpoint shard switchover | history`, added to the family of shard commands. */
export function addShardChangeCommands(shard: Command): void {
  withClusterOptions(shard.command("switchover"))
    .argument("<shard>", "number of the shard", parseShard)
    .summary("hand a shard to another leader; nothing acknowledged is lost")
    .requiredOption("--expect-generation <n>", "generation that must be in force", parseGeneration)
    .option("--target <node>", "node that shall lead; chosen when left out")
    .option("--dry-run", "only say what would be done")
    .option("--no-wait", "do not wait until it is done")
    .action((shardId: number, options: SwitchoverOptions) =>
      withClient(options, (client) => switchover(client, shardId, options)),
    );
  withClusterOptions(shard.command("history"))
    .argument("<shard>", "number of the shard", parseShard)
    .summary("show every generation of a shard, the oldest first")
    .action((shardId: number, options: ClusterOptions) =>
      withClient(options, (client) => showHistory(client, shardId, options.output)),
    );
}

async function switchover(
  client: HarborpointClient,
  shardId: number,
  options: SwitchoverOptions,
): Promise<Listing> {
  const answer = await client.operations.switchover({
    shardId,
    expectedGeneration: options.expectGeneration,
    targetNodeId: options.target,
    dryRun: options.dryRun,
  });
  const { operationId, plan } = answer;
  if (operationId !== "" && options.wait) return followOperation(client, operationId, options);
  const facts = {
    operation: operationId,
    leader: plan?.leader,
    ackSet: plan?.ackSet.join(","),
    remote: plan?.remote,
  };
  return details(facts, toJson(SwitchoverResponseSchema, answer));
}

async function showHistory(
  client: HarborpointClient,
  shardId: number,
  format: OutputFormat,
): Promise<Listing> {
  const { lineage } = await client.cluster.describeShard(shardId);
  const data = lineage.map((entry) => toJson(LineageEntrySchema, entry));
  return listing(format, GENERATION_COLUMNS, lineage, data);
}

function parseGeneration(text: string): number {
  const generation = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(generation)) throw new InvalidArgumentError("must be a generation, 1 or more");
  return generation;
}
