import { randomUUID } from "node:crypto";
import { systemClock } from "../common/clock.ts";
import { createLog } from "../common/log/pino-log.ts";
import { Metrics } from "../common/metrics/metrics.ts";
import { exitOnUnhandled, runUntilSignal } from "../common/process-life.ts";
import { systemRandom } from "../common/random.ts";
import type { MetadataConfig } from "./config.ts";
import { createMetadataProcess } from "./metadata-process.ts";

/** Exit code of a process whose disk failed (sysexits: input/output error). */
const EXIT_DISK_FAILED = 74;

/**
 * Runs the metadata service in this process until SIGTERM or SIGINT. Prints one line on standard
 * output when it can be used: `{"event":"ready","grpc":"host:port","ops":"host:port"}`.
 *
 * @throws ConfigError with every contradiction in the configuration, before anything listens
 */
export async function runMetadata(config: MetadataConfig): Promise<void> {
  const log = createLog({ level: config.logLevel, fields: { role: "metadata" } });
  exitOnUnhandled(process, log);
  const metrics = new Metrics();
  metrics.collectProcessMetrics();
  const service = createMetadataProcess(config, {
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    newId: randomUUID,
    giveUp: (error) => {
      log.fatal("metadata_store_failed", { error });
      process.exit(EXIT_DISK_FAILED);
    },
    onReady: (addresses) => {
      process.stdout.write(`${JSON.stringify({ event: "ready", ...addresses })}\n`);
    },
  });
  await runUntilSignal(service, process, log);
}
