import { awaitWritable } from "../../../cli/cluster/await-writable.ts";
import { type ClusterDirectory, openClusterDirectory } from "../../../cli/cluster/cluster-directory.ts";
import type { ProcessPlan } from "../../../cli/cluster/cluster-plan.ts";
import { MADRID_AND_NEW_YORK } from "../../../cli/cluster/cluster-shape.ts";
import { LocalCluster } from "../../../cli/cluster/local-cluster.ts";
import { HarborpointClient } from "../../../client/index.ts";
import { systemClock } from "../../../common/clock.ts";

/** How a test's cluster differs from the usual one. */
export interface TestClusterOptions {
  /** Keeps data and logs there; a temporary directory that goes with the cluster when absent. */
  readonly directory?: string;
  /** Settings of the metadata service, as flags. */
  readonly metadataFlags?: readonly string[];
}

/** One shard at home in each region: whoever fails has one part to play in each. */
const SHARDS = 2;
const WAN_DELAY_MS = 45;
/** Booting and replaying on a machine that is busy with other tests. */
const WRITABLE_MS_MAX = 60_000;

// A test that is stopped from outside must not leave processes behind: they are killed on exit.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

/** A whole cluster of real processes on loopback, with a client for the router of each region. */
export class TestCluster {
  readonly processes: LocalCluster;
  readonly shards = SHARDS;
  readonly regions: readonly string[];
  readonly #directory: ClusterDirectory;
  readonly #clients: ReadonlyMap<string, HarborpointClient>;
  readonly #deaths: readonly string[];

  private constructor(processes: LocalCluster, directory: ClusterDirectory, deaths: readonly string[]) {
    this.processes = processes;
    this.regions = Object.keys(processes.endpoints);
    this.#directory = directory;
    this.#clients = new Map(this.regions.map((region) => [region, clientOf(processes, region)]));
    this.#deaths = deaths;
  }

  /** Starts everything and waits until every shard takes writes. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const directory = openClusterDirectory(options.directory);
    const deaths: string[] = [];
    const processes = await LocalCluster.start({
      shape: { regions: MADRID_AND_NEW_YORK, shards: SHARDS, wanDelayMs: WAN_DELAY_MS },
      directory: directory.path,
      ...(options.metadataFlags && { metadataFlags: options.metadataFlags }),
      onUnexpectedEnd: (name, { code, signal }) => deaths.push(`${name} ended with ${signal ?? code}`),
    });
    const cluster = new TestCluster(processes, directory, deaths);
    try {
      await cluster.awaitWritable();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Where data and logs lie. */
  get directory(): string {
    return this.#directory.path;
  }

  /** Processes that ended without being asked to, one sentence each. */
  get deaths(): readonly string[] {
    return this.#deaths;
  }

  /** Every process but the WAN. */
  get processNames(): readonly string[] {
    return this.#plans().map(({ name }) => name);
  }

  /** How a process was started. */
  planOf(name: string): ProcessPlan {
    const plan = this.#plans().find((candidate) => candidate.name === name);
    if (plan === undefined) throw new Error(`no process ${name}`);
    return plan;
  }

  /** Address of a listener of a process: "--listen" is gRPC, "--ops-listen" the operations port. */
  addressOf(name: string, flag: "--listen" | "--ops-listen"): string {
    const { args } = this.planOf(name);
    return args[args.indexOf(flag) + 1];
  }

  /** Client of a region's services: its own router first, the other one while that fails. */
  client(region: string): HarborpointClient {
    const client = this.#clients.get(region);
    if (client === undefined) throw new Error(`no region ${region}`);
    return client;
  }

  /** Client of the region that is not this one. */
  otherClient(region: string): HarborpointClient {
    return this.client(this.otherRegion(region));
  }

  /** The region that is not this one. */
  otherRegion(region: string): string {
    const other = this.regions.find((name) => name !== region);
    if (other === undefined) throw new Error("there is one region only");
    return other;
  }

  /** Waits until every shard takes writes; throws naming those that do not. */
  awaitWritable(timeoutMs = WRITABLE_MS_MAX): Promise<void> {
    return awaitWritable(this.client(this.regions[0]), SHARDS, timeoutMs, systemClock);
  }

  /** Ends every process and removes the data, unless it has a directory somebody chose. */
  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await this.processes.stop();
    this.#directory.remove();
  }

  #plans(): readonly ProcessPlan[] {
    const { metadata, nodes, routers } = this.processes.plan;
    return [metadata, ...nodes, ...routers];
  }
}

function clientOf({ endpoints }: LocalCluster, region: string): HarborpointClient {
  const own = endpoints[region];
  const addresses = Object.values(endpoints).toSorted((a, b) => Number(b === own) - Number(a === own));
  return new HarborpointClient({ endpoints: addresses });
}
