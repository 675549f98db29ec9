import { z } from "zod";
import { LOG_LEVELS } from "../common/log/pino-log.ts";

const LISTEN = /^\S+:\d{1,5}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DAY_MS = 86_400_000;

const count = (least: number, most: number, standard: number) =>
  z.number().int().min(least).max(most).default(standard);

const name = () => z.string().regex(NAME, "must be 1 to 64 of A-Z a-z 0-9 . _ -");
const address = () => z.string().regex(LISTEN, "must be host:port");

const addressByRegion = z
  .string()
  .default("")
  .transform((text, context): Readonly<Record<string, string>> => {
    const entries = text.split(",").filter((part) => part.trim() !== "");
    return Object.fromEntries(
      entries.map((part) => {
        const [region = "", detour = ""] = part.trim().split("=", 2);
        if (region === "" || !LISTEN.test(detour)) {
          context.addIssue({ code: "custom", message: `"${part}" is not REGION=HOST:PORT` });
        }
        return [region, detour];
      }),
    );
  });

/** Settings of a storage node. */
export const nodeConfigSchema = z
  .strictObject({
    nodeId: name().describe("identity of the node, stable over restarts"),
    region: name().describe("region it stands in"),
    zone: name().describe("availability zone within the region"),
    dataDir: z.string().min(1).describe("directory of its log and state; belongs to one process"),
    metadata: address().describe("host:port of the metadata service"),
    listen: address()
      .default("127.0.0.1:7400")
      .describe("host:port of the gRPC listener; port 0: any free one"),
    opsListen: address().default("127.0.0.1:9464").describe("host:port of the operations port"),
    advertise: z
      .string()
      .regex(/^$|^\S+:\d{1,5}$/, "must be host:port")
      .default("")
      .describe("host:port by which others reach the node; empty: where it listens"),
    advertiseIn: addressByRegion.describe("other addresses for callers in a region: REGION=HOST:PORT,…"),
    lanes: count(1, 64, 1).describe("threads that write the log; shards are spread over them"),
    tokenRetentionMs: count(1, 100 * 365 * DAY_MS, 30 * DAY_MS).describe(
      "how long a reservation token is good for",
    ),
    tokenAheadMsMax: count(0, 100 * 365 * DAY_MS, 300_000).describe("how far a token's time may lie ahead"),
    queueRowsMax: count(1, 10_000_000, 131_072).describe(
      "mutations that may wait in one shard; more are refused",
    ),
    frameCacheBytes: count(65_536, 1 << 30, 4 << 20).describe("recent log that each shard keeps in memory"),
    ballastBytes: count(0, 2 ** 40, 16 << 20).describe("disk kept in hand for the recovery of a full volume"),
    logLevel: z.enum(LOG_LEVELS).default("info").describe("how much is logged"),
  })
  .superRefine((config, context) => {
    if (config.advertise !== "" || !isWildcard(config.listen)) return;
    context.addIssue({
      code: "custom",
      path: ["advertise"],
      message: `is needed, since nobody can reach ${config.listen}`,
    });
  });

/** Settings of a storage node in force. */
export type NodeConfig = z.infer<typeof nodeConfigSchema>;

/** True for an address that means every interface. */
function isWildcard(listen: string): boolean {
  return listen.startsWith("0.0.0.0:") || listen.startsWith("[::]:");
}
