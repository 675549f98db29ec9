import { toJson } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { HarborpointClient } from "../../client/index.ts";
import { OperationSchema } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { type Listing, listing, type OutputFormat } from "../output/listing.ts";
import { OPERATION_COLUMNS } from "../output/operation-columns.ts";
import { followOperation } from "./follow-operation.ts";

/** `harborpoint operation list | watch`. */
export function addOperationCommands(program: Command): void {
  const operation = program.command("operation").summary("look at changes of shards' configurations");
  withClusterOptions(operation.command("list"))
    .summary("list operations, the newest first")
    .action((options: ClusterOptions) =>
      withClient(options, (client) => listOperations(client, options.output)),
    );
  withClusterOptions(operation.command("watch"))
    .argument("<operation>", "id of the operation")
    .summary("follow an operation until it is done")
    .action((operationId: string, options: ClusterOptions) =>
      withClient(options, (client) => followOperation(client, operationId, options)),
    );
}

async function listOperations(client: HarborpointClient, format: OutputFormat): Promise<Listing> {
  const operations = await client.operations.list();
  const data = operations.map((each) => toJson(OperationSchema, each));
  return listing(format, OPERATION_COLUMNS, operations, data);
}
