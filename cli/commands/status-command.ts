import { toJson } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { HarborpointClient } from "../../client/index.ts";
import {
  type GetClusterStatusResponse,
  GetClusterStatusResponseSchema,
  type NodeStatus,
  Severity,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { ExitCode } from "../exit-code.ts";
import { type Column, type Listing, listing, type OutputFormat } from "../output/listing.ts";

const COLUMNS: readonly Column<NodeStatus>[] = [
  { heading: "NODE", text: ({ info }) => info?.nodeId ?? "" },
  { heading: "REGION", text: ({ info }) => info?.region ?? "" },
  { heading: "ZONE", text: ({ info }) => info?.zone ?? "" },
  { heading: "ADDRESS", text: ({ info }) => info?.address ?? "" },
  { heading: "ALIVE", text: ({ alive }) => (alive ? "yes" : "no") },
  { heading: "SILENT MS", text: ({ silentMs }) => String(silentMs ?? "") },
];

/** `harborpoint status`: the nodes on standard output, what is wrong on standard error; code 3 if anything is. */
export function addStatusCommand(program: Command): void {
  withClusterOptions(program.command("status"))
    .summary("show whether the cluster is well")
    .action((options: ClusterOptions) => withClient(options, (client) => showStatus(client, options.output)));
}

async function showStatus(client: HarborpointClient, format: OutputFormat): Promise<Listing> {
  const status = await client.cluster.status();
  reportProblems(status);
  return listing(format, COLUMNS, status.nodes, toJson(GetClusterStatusResponseSchema, status));
}

function reportProblems({ problems, shards, clusterId }: GetClusterStatusResponse): void {
  process.stderr.write(`cluster ${clusterId}: ${shards.length} shards, ${problems.length} problems\n`);
  for (const { severity, code, message } of problems) {
    process.stderr.write(`${severity === Severity.CRITICAL ? "CRITICAL" : "WARNING"} ${code}: ${message}\n`);
  }
  if (problems.length > 0) process.exitCode = ExitCode.DEGRADED;
}
