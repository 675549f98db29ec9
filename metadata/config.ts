import { z } from "zod";
import { LOG_LEVELS } from "../common/log/pino-log.ts";
import type { ClusterShape } from "./model/bootstrap.ts";
import type { Timings } from "./model/coherence-timings.ts";
import { DEFAULT_OPERATION_TIMINGS, type OperationTimings } from "./model/operations/operation-timings.ts";

/** A region as configured. */
export interface RegionSetting {
  readonly region: string;
  /** IANA time zone of its business day. */
  readonly timeZone: string;
}

const REGION = /^([a-z0-9][a-z0-9-]{0,62}):(\S+)$/;
const LISTEN = /^\S+:\d{1,5}$/;

const milliseconds = (defaultMs: number, meaning: string) =>
  z.number().int().positive().default(defaultMs).describe(meaning);

const regionList = z.string().transform((text, context): RegionSetting[] =>
  text.split(",").flatMap((part) => {
    const setting = parseRegion(part.trim());
    if (setting === undefined) {
      context.addIssue({ code: "custom", message: `"${part}" is not region:Time/Zone` });
    }
    return setting ?? [];
  }),
);

/** Settings of the metadata service. */
export const metadataConfigSchema = z.strictObject({
  listen: z.string().regex(LISTEN).default("127.0.0.1:7400").describe("host:port of the gRPC listener"),
  opsListen: z.string().regex(LISTEN).default("127.0.0.1:9464").describe("host:port of the operations port"),
  dataDir: z.string().min(1).describe("directory of the database; belongs to one process"),
  logLevel: z.enum(LOG_LEVELS).default("info").describe("how much is logged"),
  site: z.string().default("").describe("where this service stands; none of the regions"),
  regions: regionList.describe("regions with their time zones: region:Time/Zone,…"),
  shards: z.number().int().min(1).max(4096).default(8).describe("number of shards; fixed at the first start"),
  nodesPerRegion: z
    .number()
    .int()
    .min(1)
    .default(2)
    .describe("nodes a region needs before shards are placed"),
  nodeSilentAfterMs: z
    .number()
    .int()
    .min(2000) // nodes speak every second; one lost word is no death
    .default(3000)
    .describe("a node silent for this long is taken for dead"),
  rpoMs: milliseconds(5000, "longest window of acknowledged records a regional failover may lose"),
  grantMs: milliseconds(3000, "a leader uses a grant this long"),
  grantKeptMs: milliseconds(4240, "a grantor keeps a grant this long"),
  clientLimitMs: milliseconds(1000, "clients take an approval older than this for unknown"),
  leaseMs: milliseconds(3000, "a leader uses this service's lease this long"),
  leaseKeptMs: milliseconds(3230, "this service keeps a lease this long"),
  heartbeatMs: milliseconds(250, "leaders send heartbeats this often"),
  automaticFailover: z
    .boolean()
    .default(true)
    .describe("change configurations without an operator when nodes fail; nothing acknowledged is lost"),
  failoverAcrossRegions: z
    .boolean()
    .default(false)
    .describe("a failover that loses nothing may move a shard out of its home region by itself"),
});

/** Settings of the metadata service, checked one by one; whether they agree is checked at start. */
export type MetadataConfig = z.infer<typeof metadataConfigSchema>;

/** The times that must agree. */
export function timingsOf(config: MetadataConfig): Timings {
  const { rpoMs, grantMs, grantKeptMs, clientLimitMs, leaseMs, leaseKeptMs, heartbeatMs } = config;
  return { rpoMs, grantMs, grantKeptMs, clientLimitMs, leaseMs, leaseKeptMs, heartbeatMs };
}

/** How patient operations are: the configured promises, the protocol's times for the rest. */
export function operationTimingsOf({ grantKeptMs, leaseKeptMs }: MetadataConfig): OperationTimings {
  return { ...DEFAULT_OPERATION_TIMINGS, grantKeptMs, leaseKeptMs };
}

/** What a new cluster is to look like. */
export function shapeOf({ regions, shards, nodesPerRegion }: MetadataConfig): ClusterShape {
  return { regions: regions.map(({ region }) => region), shardCount: shards, nodesPerRegion };
}

function parseRegion(text: string): RegionSetting | undefined {
  const [, region, timeZone] = REGION.exec(text) ?? [];
  if (region === undefined || timeZone === undefined || !isTimeZone(timeZone)) return undefined;
  return { region, timeZone };
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
