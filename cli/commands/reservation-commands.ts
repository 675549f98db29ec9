import type { Command } from "commander";
import type { Decision, HarborpointClient } from "../../client/index.ts";
import { type ClusterOptions, parseSeconds, withClient, withClusterOptions } from "../cluster-options.ts";
import { ExitCode } from "../exit-code.ts";
import { addLabel, parseAmount, tokenOrNew } from "./arguments.ts";
import { decisionListing } from "./decision-listing.ts";

interface MutationOptions extends ClusterOptions {
  readonly token?: string;
  readonly desk?: string;
  readonly trader?: string;
}

interface ReserveOptions extends MutationOptions {
  readonly currency?: string;
  readonly ttl?: number;
  readonly label?: Readonly<Record<string, string>>;
}

/** `harborpoint reserve | release | settle | amend`. A decline is printed like an approval and ends with code 1. */
export function addReservationCommands(program: Command): void {
  withMutationOptions(program.command("reserve"))
    .summary("reserve an amount against an issuer's limit")
    .argument("<issuer>")
    .argument("<amount>", "minor units", parseAmount)
    .option("--currency <code>", "ISO 4217 code; the issuer's own by default")
    .option("--ttl <seconds>", "give it back by itself after this long", parseSeconds)
    .option("--label <key=value>", "free label; repeatable", addLabel)
    .action((issuerId: string, amountMinor: number, options: ReserveOptions) => {
      const { currency, ttl, label: labels } = options;
      const extras = {
        ...(currency !== undefined && { currency }),
        ...(ttl !== undefined && { ttlMs: Math.round(ttl * 1000) }),
        ...(labels !== undefined && { labels }),
      };
      return decide(options, (client, asker) =>
        client.reserve({ ...asker, ...extras, issuerId, amountMinor }),
      );
    });
  for (const kind of ["release", "settle"] as const) {
    withMutationOptions(program.command(kind))
      .argument("<issuer>")
      .argument("<reserve-token>", "token of the reserve request")
      .summary(kind === "release" ? "give a reservation back" : "mark a reservation as traded")
      .action((issuerId: string, targetToken: string, options: MutationOptions) =>
        decide(options, (client, asker) => client[kind]({ ...asker, issuerId, targetToken })),
      );
  }
  withMutationOptions(program.command("amend"))
    .summary("change the amount of a reservation")
    .argument("<issuer>")
    .argument("<reserve-token>", "token of the reserve request")
    .argument("<amount>", "the new amount, minor units", parseAmount)
    .action((issuerId: string, targetToken: string, amountMinor: number, options: MutationOptions) =>
      decide(options, (client, asker) => client.amend({ ...asker, issuerId, targetToken, amountMinor })),
    );
}

function withMutationOptions(command: Command): Command {
  return withClusterOptions(command)
    .option("--token <uuid>", "token of this request, a UUIDv7; a new one by default")
    .option("--desk <name>", "desk that asks")
    .option("--trader <name>", "trader who asks");
}

/** Who asks, under which token. */
interface Asker {
  readonly token: string;
  readonly desk?: string;
  readonly trader?: string;
}

function decide(
  options: MutationOptions,
  call: (client: HarborpointClient, asker: Asker) => Promise<Decision>,
): Promise<void> {
  const { desk, trader } = options;
  const token = tokenOrNew(options.token);
  const asker = { token, ...(desk !== undefined && { desk }), ...(trader !== undefined && { trader }) };
  return withClient(options, async (client) => {
    const decision = await call(client, asker);
    if (decision.decision === "DECLINED") process.exitCode = ExitCode.FAILED;
    return decisionListing(decision);
  });
}
