import { HarborpointClient, newToken } from "../../client/index.ts";
import { awaitWritable } from "../../cli/cluster/await-writable.ts";
import { MADRID_AND_NEW_YORK } from "../../cli/cluster/cluster-shape.ts";
import { LocalCluster } from "../../cli/cluster/local-cluster.ts";
import type { Clock } from "../../common/clock.ts";
import type { Acknowledgements } from "../audit/acknowledgements.ts";
import type { BenchIssuer } from "../load/bench-issuers.ts";
import { CURRENCY } from "../load/registrations.ts";
import { auditCluster } from "./cluster-audit.ts";
import { ClusterWatch } from "./cluster-watch.ts";
import { ProcessMeter } from "./process-meter.ts";

/** The region whose desks make the load, and where all of its issuers are at home. */
export const HOME_REGION = "madrid";
/** The region that holds the remote copies. */
export const REMOTE_REGION = "new-york";

/** What a cluster for a bench is to look like. */
export interface BenchClusterOptions {
  /** Shards that carry the load; as many again are at home in the other region and idle. */
  readonly shards: number;
  /** Where its data and logs lie; must exist. */
  readonly directory: string;
  /** Settings of every node, as flags. */
  readonly nodeFlags?: readonly string[];
  readonly clock: Clock;
  readonly say: (message: string) => void;
  /** Hears of its processes, by name. */
  readonly onProcesses: (pids: ReadonlyMap<string, number>) => void;
}

const WAN_DELAY_MS = 45;
const WRITABLE_MS_MAX = 120_000;
const REGISTRATIONS_AT_ONCE = 32;
const REGISTRATION_TIMEOUT_MS = 30_000;
/** More than any load of a bench has under way: what is to be measured is the store, not this bound. */
const CLIENT_ROWS_MAX = 1 << 16;

/**
 * A whole cluster of real processes: a leader's node and its synchronous peer at home, the copies
 * abroad behind 45 ms of WAN, a router in each region, the metadata service. The load is this process.
 */
export class BenchCluster {
  /** Client of the home region's router. */
  readonly client: HarborpointClient;
  readonly cluster: LocalCluster;
  readonly #options: BenchClusterOptions;
  /** For questions beside the load, on a connection of its own. */
  readonly #control: HarborpointClient;

  private constructor(cluster: LocalCluster, options: BenchClusterOptions) {
    this.cluster = cluster;
    this.#options = options;
    this.client = this.clientOf(HOME_REGION);
    this.#control = this.clientOf(HOME_REGION);
  }

  /** Starts it and waits until every shard takes writes. */
  static async start(options: BenchClusterOptions): Promise<BenchCluster> {
    const { directory, nodeFlags, clock, say } = options;
    const shards = options.shards * MADRID_AND_NEW_YORK.length;
    say(`starting a cluster of ${shards} shards, ${options.shards} of them at home in ${HOME_REGION}`);
    const cluster = await LocalCluster.start({
      shape: { regions: MADRID_AND_NEW_YORK, shards, wanDelayMs: WAN_DELAY_MS },
      directory,
      ...(nodeFlags && { nodeFlags }),
      onUnexpectedEnd: (name, { code, signal }) => {
        say(`${name} ended unexpectedly (${signal ?? `code ${code}`}), see ${cluster.logPath(name)}`);
      },
    });
    const started = new BenchCluster(cluster, options);
    options.onProcesses(started.#pids());
    try {
      await awaitWritable(started.#control, shards, WRITABLE_MS_MAX, clock);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** gRPC address of a region's router. */
  endpoint(region: string): string {
    return this.cluster.endpoints[region];
  }

  /** A new client of a region's router; whoever takes it closes it. */
  clientOf(region: string): HarborpointClient {
    return new HarborpointClient({ endpoints: [this.endpoint(region)], rowsInFlightMax: CLIENT_ROWS_MAX });
  }

  /** Registers issuers at home. */
  async register(issuers: readonly BenchIssuer[]): Promise<void> {
    const next = issuers.values();
    const worker = async (): Promise<void> => {
      for (const { issuerId, limitMinor } of next) {
        const input = {
          token: newToken(),
          issuerId,
          currency: CURRENCY,
          limitMinor,
          homeRegion: HOME_REGION,
        };
        await this.#control.registerIssuer(input, { timeoutMs: REGISTRATION_TIMEOUT_MS });
      }
    };
    await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, worker));
  }

  /** Watches the processes of the cluster, and this one as "client". */
  watch(): ClusterWatch {
    return new ClusterWatch(this.#control, new ProcessMeter(this.#pids()));
  }

  /** Audits the store at rest. @returns what is wrong */
  audit(told: Acknowledgements): Promise<string[]> {
    return auditCluster(this.#control, told, this.#options.clock);
  }

  /** Stops every process. */
  async stop(): Promise<void> {
    this.client.close();
    this.#control.close();
    await this.cluster.stop();
  }

  #pids(): ReadonlyMap<string, number> {
    const { metadata, nodes, routers } = this.cluster.plan;
    const names = ["wan", ...[metadata, ...nodes, ...routers].map(({ name }) => name)];
    const pids = names.flatMap((name): [string, number][] => {
      const pid = this.cluster.pid(name);
      return pid === undefined ? [] : [[name, pid]];
    });
    return new Map([["client", process.pid], ...pids]);
  }
}
