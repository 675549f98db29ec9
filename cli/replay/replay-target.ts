import { HarborpointClient } from "../../client/index.ts";
import { systemClock } from "../../common/clock.ts";
import type { JournalTimes } from "../../workload/journal/journal-times.ts";
import { awaitWritable } from "../cluster/await-writable.ts";
import { openClusterDirectory } from "../cluster/cluster-directory.ts";
import { MADRID_AND_NEW_YORK } from "../cluster/cluster-shape.ts";
import { LocalCluster } from "../cluster/local-cluster.ts";

/** Where a journal is replayed. */
export interface ReplayTarget {
  /** Client of a region's router. */
  readonly clientOf: (region: string) => HarborpointClient;
  readonly close: () => Promise<void>;
}

const SHARDS = 8;
const WRITABLE_MS_MAX = 60_000;
const DAY_MS = 86_400_000;
const TOKEN_AHEAD_MS_MIN = 300_000;

/** A cluster of its own, whose nodes keep tokens for as long as the journal is old. */
export async function startReplayCluster(
  times: JournalTimes,
  options: { readonly wanDelayMs: number; readonly dataDir?: string },
): Promise<{ target: ReplayTarget; cluster: LocalCluster }> {
  const directory = openClusterDirectory(options.dataDir);
  const cluster = await LocalCluster.start({
    shape: { regions: MADRID_AND_NEW_YORK, shards: SHARDS, wanDelayMs: options.wanDelayMs },
    directory: directory.path,
    nodeFlags: tokenFlags(times, systemClock.wallMs()),
    onUnexpectedEnd: (name, { code, signal }, logPath) => {
      process.stderr.write(`${name} ended unexpectedly (${signal ?? `code ${code}`}), see ${logPath}\n`);
    },
  });
  const clients = clientsOf(cluster.endpoints);
  const close = async (): Promise<void> => {
    clients.close();
    await cluster.stop();
    directory.remove();
  };
  try {
    await awaitWritable(clients.first, SHARDS, WRITABLE_MS_MAX, systemClock);
  } catch (error) {
    await close();
    throw error;
  }
  return { target: { clientOf: clients.of, close }, cluster };
}

/** Routers that run already, by region. */
export function connectReplayTarget(endpoints: Readonly<Record<string, string>>): ReplayTarget {
  const clients = clientsOf(endpoints);
  return { clientOf: clients.of, close: async () => clients.close() };
}

/** One client per region, each with the other regions' routers to fall back on. */
function clientsOf(endpoints: Readonly<Record<string, string>>) {
  const addresses = Object.values(endpoints);
  const clients = new Map(
    Object.entries(endpoints).map(([region, address]) => {
      const others = addresses.filter((other) => other !== address);
      return [region, new HarborpointClient({ endpoints: [address, ...others] })];
    }),
  );
  const [first] = clients.values();
  return {
    first,
    // The region a line comes through does not change its outcome: a region without a router uses the first.
    of: (region: string) => clients.get(region) ?? first,
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

/** Settings under which every token of the journal is neither too old nor too far ahead. */
function tokenFlags({ earliestMs, latestMs }: JournalTimes, nowMs: number): string[] {
  const retentionMs = Math.max(DAY_MS, nowMs - earliestMs + DAY_MS);
  const aheadMs = Math.max(TOKEN_AHEAD_MS_MIN, latestMs - nowMs + DAY_MS);
  return ["--token-retention-ms", String(retentionMs), "--token-ahead-ms-max", String(aheadMs)];
}
