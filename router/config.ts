import { z } from "zod";
import { LOG_LEVELS } from "../common/log/pino-log.ts";

const ADDRESS = /^\S+:\d{1,5}$/;

const address = (meaning: string) => z.string().regex(ADDRESS, "must be host:port").describe(meaning);
const count = (defaultCount: number, meaning: string) =>
  z.number().int().positive().default(defaultCount).describe(meaning);

/** Settings of a router. */
export const routerConfigSchema = z.strictObject({
  listen: address("host:port of the gRPC listener").default("127.0.0.1:7400"),
  opsListen: address("host:port of the operations port").default("127.0.0.1:9464"),
  metadata: address("host:port of the metadata service"),
  region: z.string().min(1).describe("region whose clients this router serves"),
  zone: z.string().default("").describe("availability zone it stands in; for the logs"),
  routerId: z.string().min(1).optional().describe("name of this router; router-REGION by default"),
  logLevel: z.enum(LOG_LEVELS).default("info").describe("how much is logged"),
  issuersMax: count(200_000, "issuers whose shard is remembered"),
  openRowsMax: count(262_144, "mutations of clients in progress before more are refused as OVERLOADED"),
  openRowsPerLinkMax: count(131_072, "mutations sent on one stream and not answered"),
  openBytesPerLinkMax: count(32 << 20, "bytes waiting to be written to one stream"),
  waitingRowsPerShardMax: count(65_536, "mutations of one shard that wait for its leader"),
  linksAbroad: count(4, "streams to each node of another region"),
});

/** Settings of a router, checked. */
export type RouterConfig = z.infer<typeof routerConfigSchema>;

/** Name of a router in logs and at the metadata service. */
export function routerIdOf({ routerId, region }: RouterConfig): string {
  return routerId ?? `router-${region}`;
}
