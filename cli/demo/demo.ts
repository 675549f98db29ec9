import { setTimeout as sleep } from "node:timers/promises";
import { HarborpointClient, StoreError } from "../../client/index.ts";
import { systemClock } from "../../common/clock.ts";
import type { ShardStatus } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { Workload } from "../../workload/workload.ts";
import { summarize, type WorkloadSummary } from "../../workload/workload-summary.ts";
import { awaitWritable } from "../cluster/await-writable.ts";
import type { ClusterShape } from "../cluster/cluster-shape.ts";
import { LocalCluster } from "../cluster/local-cluster.ts";
import { Progress } from "../output/progress.ts";
import type { DemoFrame } from "./demo-frame.ts";
import { DemoScreen } from "./demo-screen.ts";
import { renderWelcome } from "./demo-welcome.ts";

/** What the demo is to show. */
export interface DemoSettings {
  readonly shape: ClusterShape;
  /** Where data and logs lie; must exist. */
  readonly directory: string;
  readonly seed: number;
  readonly issuers: number;
  /** Operations a second and region, on average over the day. */
  readonly perSecond: number;
  /** How long the load runs; without it until the demo is interrupted, and then there is no audit. */
  readonly seconds: number | undefined;
  /** Aborted when somebody wants the demo to end. */
  readonly interrupted: AbortSignal;
}

/** A day per minute. */
const DAY_MS = 60_000;
const WRITABLE_MS_MAX = 60_000;

/**
 * Two regions on this machine with a day's trading on them.
 * @returns the summary with the audit; undefined when the demo was interrupted
 */
export async function runDemo(settings: DemoSettings): Promise<WorkloadSummary | undefined> {
  const { shape, directory } = settings;
  say(
    `starting ${shape.regions.length} regions, ${shape.shards} shards, ${shape.wanDelayMs} ms WAN delay one way`,
  );
  const cluster = await LocalCluster.start({
    shape,
    directory,
    onUnexpectedEnd: (name, { code, signal }, logPath) => {
      say(`${name} ended unexpectedly (${signal ?? `code ${code}`}), see ${logPath}`);
    },
  });
  const clients = Object.values(cluster.endpoints).map(
    (address) => new HarborpointClient({ endpoints: [address] }),
  );
  try {
    return await new Demo(settings, cluster, clients).run();
  } finally {
    for (const client of clients) client.close();
    await cluster.stop();
  }
}

class Demo {
  readonly #settings: DemoSettings;
  readonly #cluster: LocalCluster;
  readonly #clients: readonly HarborpointClient[];
  readonly #workload: Workload;
  readonly #screen = new DemoScreen(process.stdout);
  #shards: readonly ShardStatus[] = [];
  #refreshing: Promise<void> | undefined;

  constructor(settings: DemoSettings, cluster: LocalCluster, clients: readonly HarborpointClient[]) {
    this.#settings = settings;
    this.#cluster = cluster;
    this.#clients = clients;
    this.#workload = new Workload({
      seed: settings.seed,
      regions: settings.shape.regions.map((region, index) => ({ ...region, client: clients[index] })),
      issuers: settings.issuers,
      perSecond: settings.perSecond,
      dayMs: DAY_MS,
      clock: systemClock,
      onFailure: (error) => {
        throw error;
      },
    });
  }

  async run(): Promise<WorkloadSummary | undefined> {
    const { shape, directory, issuers } = this.#settings;
    await awaitWritable(this.#clients[0], shape.shards, WRITABLE_MS_MAX, systemClock);
    const progress = new Progress("registering issuers", issuers, process.stderr, systemClock);
    await this.#workload.registerIssuers((done) => progress.update(done));
    process.stdout.write(renderWelcome(this.#cluster.plan, directory, this.#quietIssuer()));
    const startMs = systemClock.monotonicMs();
    this.#workload.start();
    await this.#watch(startMs);
    const seconds = (systemClock.monotonicMs() - startMs) / 1000;
    await Promise.all([this.#workload.stop(), this.#refreshing]);
    if (this.#settings.interrupted.aborted) return undefined;
    say("auditing");
    return summarize(this.#workload, seconds, await this.#workload.audit());
  }

  /** Shows what happens until the time is up or somebody interrupts. */
  async #watch(startMs: number): Promise<void> {
    const { seconds = Number.POSITIVE_INFINITY, interrupted } = this.#settings;
    const endMs = startMs + seconds * 1000;
    let shownMs = startMs;
    while (!interrupted.aborted && systemClock.monotonicMs() < endMs) {
      this.#refreshing ??= this.#refreshShards();
      const waitMs = Math.min(this.#screen.intervalMs, endMs - systemClock.monotonicMs());
      await sleep(waitMs, undefined, { signal: interrupted }).catch(() => undefined);
      const nowMs = systemClock.monotonicMs();
      this.#screen.show(this.#frame((nowMs - startMs) / 1000, (nowMs - shownMs) / 1000));
      shownMs = nowMs;
    }
  }

  /** Beside the load and the screen: neither waits for the metadata service. */
  async #refreshShards(): Promise<void> {
    try {
      this.#shards = await this.#clients[0].cluster.listShards(this.#screen.intervalMs);
    } catch (error) {
      // The table shows what was last known; the load goes on without the metadata service.
      if (!(error instanceof StoreError)) throw error;
    } finally {
      this.#refreshing = undefined;
    }
  }

  /** An issuer the load rarely touches: a reservation on it has good chances. */
  #quietIssuer(): string {
    const [{ name }] = this.#settings.shape.regions;
    return this.#workload.issuers.findLast(({ homeRegion }) => homeRegion === name)?.issuerId ?? "";
  }

  #frame(seconds: number, stretchSeconds: number): DemoFrame {
    const { books, regions } = this.#workload;
    const { approved, declined } = books;
    return {
      seconds,
      approved,
      declined,
      errors: Object.values(books.errors).reduce((sum, count) => sum + count, 0),
      shards: this.#shards,
      regions: regions.map((load) => ({
        region: load.region,
        perSecond: load.all.takeRecent().count / stretchSeconds,
        home: load.home.takeRecent(),
        crossRegion: load.crossRegion.takeRecent(),
      })),
    };
  }
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
