import { type Command, InvalidArgumentError, Option } from "commander";
import { HarborpointClient } from "../client/index.ts";
import { type Listing, OUTPUT_FORMATS, type OutputFormat } from "./output/listing.ts";
import { render } from "./output/render.ts";

/** Options of every command that talks to a cluster. */
export interface ClusterOptions {
  readonly endpoint: readonly string[];
  readonly output: OutputFormat;
  readonly timeout: number;
}

/** Environment variable with the routers to talk to, separated by commas. */
export const ENDPOINT_VARIABLE = "HARBORPOINT_ENDPOINT";

const DEFAULT_ENDPOINTS: readonly string[] = ["127.0.0.1:7400"];

/** Adds `--endpoint`, `-o` and `--timeout`. */
export function withClusterOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--endpoint <host:port>", "a router; repeatable, the nearest first")
        .env(ENDPOINT_VARIABLE)
        .argParser(addEndpoints)
        .default(DEFAULT_ENDPOINTS, DEFAULT_ENDPOINTS.join(",")),
    )
    .addOption(new Option("-o, --output <format>", "how to print").choices(OUTPUT_FORMATS).default("table"))
    .option("--timeout <seconds>", "how long to try", parseSeconds, 10);
}

/** Runs a command's work with a client that is closed afterwards, and prints what it found. */
export async function withClient(
  options: ClusterOptions,
  work: (client: HarborpointClient) => Promise<Listing>,
): Promise<void> {
  const client = new HarborpointClient({ endpoints: options.endpoint, timeoutMs: options.timeout * 1000 });
  try {
    process.stdout.write(render(options.output, await work(client)));
  } finally {
    client.close();
  }
}

/** A positive number of seconds. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds > 0))
    throw new InvalidArgumentError("must be a positive number of seconds");
  return seconds;
}

/** Adds the endpoints of one `--endpoint`, which may itself be a list, to those before it. */
function addEndpoints(text: string, before: readonly string[]): readonly string[] {
  const endpoints = text.split(",");
  for (const endpoint of endpoints) {
    if (!/^\S+:\d{1,5}$/.test(endpoint)) throw new InvalidArgumentError(`"${endpoint}" is not host:port`);
  }
  return before === DEFAULT_ENDPOINTS ? endpoints : [...before, ...endpoints];
}
