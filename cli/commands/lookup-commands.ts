import type { Command } from "commander";
import {
  type HarborpointClient,
  type ReservationKey,
  StoreError,
  type TokenStatusQuery,
} from "../../client/index.ts";
import { type ClusterOptions, withClient, withClusterOptions } from "../cluster-options.ts";
import { ExitCode } from "../exit-code.ts";
import { details } from "../output/details.ts";
import type { Listing } from "../output/listing.ts";
import { decisionListing } from "./decision-listing.ts";

interface TokenOptions extends ClusterOptions {
  readonly issuer?: string;
}

interface FenceOptions extends ClusterOptions {
  readonly issuer: string;
}

/** `harborpoint get` and `harborpoint token status | fence`: what became of a reservation or a token. */
export function addLookupCommands(program: Command): void {
  withClusterOptions(program.command("get"))
    .summary("show a reservation")
    .argument("<reservation-id>")
    .description("Show a reservation by its id, or with --issuer by the token of its reserve request.")
    .option("--issuer <issuer>", "the argument is a reserve token of this issuer")
    .action((id: string, options: TokenOptions) => {
      const { issuer } = options;
      const key = issuer === undefined ? { reservationId: id } : { issuerId: issuer, token: id };
      return withClient(options, (client) => showReservation(client, key));
    });
  const token = program.command("token").summary("ask about tokens");
  withClusterOptions(token.command("status"))
    .summary("show what became of a token")
    .argument("<token>")
    .option("--issuer <issuer>", "issuer of the token; without it every leader is asked")
    .action((text: string, options: TokenOptions) =>
      withClient(options, (client) => showToken(client, { ...issuerOf(options), token: text })),
    );
  withClusterOptions(token.command("fence"))
    .summary("make sure that a token that is not recorded never will be")
    .argument("<token>")
    .requiredOption("--issuer <issuer>", "issuer of the token")
    .action((text: string, { issuer: issuerId, ...options }: FenceOptions) =>
      withClient(options, (client) => showToken(client, { token: text, issuerId, mode: "FENCE" })),
    );
}

async function showReservation(client: HarborpointClient, key: ReservationKey): Promise<Listing> {
  const found = await client.reads.getReservation(key);
  if (found === undefined) throw new StoreError("RESERVATION_NOT_FOUND");
  const { reservation, label } = found;
  const { position, labels, ...facts } = reservation;
  const place = { shard: position.shardId, position: `${position.generation}/${position.lsn}` };
  const shown = { ...facts, ...(Object.keys(labels).length > 0 && { labels }), ...place };
  const answer = {
    contract: label.contractServed,
    answered_by: `${label.nodeId} (${label.role}, ${label.region})`,
  };
  return details({ ...shown, ...answer }, { reservation, label });
}

function issuerOf({ issuer }: TokenOptions): { issuerId?: string } {
  return issuer === undefined ? {} : { issuerId: issuer };
}

async function showToken(client: HarborpointClient, query: TokenStatusQuery): Promise<Listing> {
  const answer = await client.getTokenStatus(query);
  const { status, decision, lossyChange } = answer;
  if (status === "NOT_FOUND") process.exitCode = ExitCode.NOT_FOUND;
  const recorded = decision && decisionListing(decision);
  const lost = lossyChange && { lost_after: `${lossyChange.generation}/${lossyChange.lostAfterLsn}` };
  const own = details({ status, ...lost }, answer);
  return { ...own, cells: [...own.cells, ...(recorded?.cells ?? [])] };
}
