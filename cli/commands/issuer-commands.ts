import { type Command, Option } from "commander";
import type { HarborpointClient } from "../../client/index.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { details } from "../output/details.ts";
import { type Column, type Listing, listing, type OutputFormat } from "../output/listing.ts";
import { parseAmount, tokenOrNew } from "./arguments.ts";
import { decisionListing } from "./decision-listing.ts";
import type { IssuerPlacement } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";

interface RegisterOptions extends ClusterOptions {
  readonly token?: string;
  readonly currency: string;
  readonly home: string;
}

const COLUMNS: readonly Column<IssuerPlacement>[] = [
  { heading: "ISSUER", text: ({ issuerId }) => issuerId },
  { heading: "SHARD", text: ({ shardId }) => String(shardId) },
  { heading: "CURRENCY", text: ({ currency }) => currency },
  { heading: "RECORDED", text: ({ recorded }) => (recorded ? "yes" : "no") },
];

/** `harborpoint issuer list | locate | register | set-limit`. */
export function addIssuerCommands(program: Command): void {
  const issuer = program.command("issuer").summary("look after issuers");
  withClusterOptions(issuer.command("list"))
    .summary("list issuers with their shards")
    .action((options: ClusterOptions) =>
      withClient(options, (client) => listIssuers(client, options.output)),
    );
  withClusterOptions(issuer.command("locate"))
    .argument("<issuer>")
    .summary("show where an issuer lives, its limit and its exposure")
    .action((issuerId: string, options: ClusterOptions) =>
      withClient(options, (client) => locateIssuer(client, issuerId)),
    );
  withClusterOptions(issuer.command("register"))
    .summary("register an issuer with its limit")
    .argument("<issuer>")
    .argument("<limit>", "minor units", parseAmount)
    .addOption(new Option("--currency <code>", "ISO 4217 code of its reservations").makeOptionMandatory())
    .addOption(new Option("--home <region>", "region whose desks write most").makeOptionMandatory())
    .option("--token <uuid>", "token of this request, a UUIDv7; a new one by default")
    .action((issuerId: string, limitMinor: number, options: RegisterOptions) => {
      const { currency, home: homeRegion } = options;
      const token = tokenOrNew(options.token);
      return withClient(options, async (client) => {
        const input = { token, issuerId, limitMinor, currency, homeRegion };
        return decisionListing(await client.registerIssuer(input));
      });
    });
  withClusterOptions(issuer.command("set-limit"))
    .summary("set an issuer's limit")
    .argument("<issuer>")
    .argument("<limit>", "minor units", parseAmount)
    .option("--token <uuid>", "token of this request, a UUIDv7; a new one by default")
    .action((issuerId: string, limitMinor: number, options: ClusterOptions & { readonly token?: string }) => {
      const token = tokenOrNew(options.token);
      return withClient(options, async (client) =>
        decisionListing(await client.setIssuerLimit({ token, issuerId, limitMinor })),
      );
    });
}

async function listIssuers(client: HarborpointClient, format: OutputFormat): Promise<Listing> {
  const issuers = await Array.fromAsync(client.cluster.listIssuers());
  const data = issuers.map(({ issuerId, shardId, currency, recorded }) => ({
    issuerId,
    shardId,
    currency,
    recorded,
  }));
  return listing(format, COLUMNS, issuers, data);
}

async function locateIssuer(client: HarborpointClient, issuerId: string): Promise<Listing> {
  const { exposure, label } = await client.reads.getExposure(issuerId);
  const { shardId, generation } = label.applied;
  const { shard } = await client.cluster.describeShard(shardId);
  const { currency, limitMinor, exposureMinor, headroomMinor, openCount, settledCount } = exposure;
  const place = {
    issuer: issuerId,
    shard: shardId,
    generation,
    home: shard?.config?.homeRegion,
    leader: shard?.config?.leader,
  };
  const sums = {
    currency,
    limit_minor: limitMinor,
    exposure_minor: exposureMinor,
    headroom_minor: headroomMinor,
    open: openCount,
    settled: settledCount,
  };
  return details({ ...place, ...sums }, { ...place, exposure, label });
}
