import { randomUUID } from "node:crypto";
import { systemClock } from "../common/clock.ts";
import { createLog } from "../common/log/pino-log.ts";
import { Metrics } from "../common/metrics/metrics.ts";
import { exitOnUnhandled, runUntilSignal } from "../common/process-life.ts";
import { systemRandom } from "../common/random.ts";
import type { NodeConfig } from "./config.ts";
import { createNodeProcess } from "./node-process.ts";
import { systemTimers } from "./runtime/timers.ts";

/** Exit code of a process whose disk failed (sysexits: input/output error). */
const EXIT_DISK_FAILED = 74;

/**
 * Runs a storage node in this process until SIGTERM or SIGINT. Prints one line on standard output
 * when it serves: `{"event":"ready","grpc":"host:port","ops":"host:port"}`. The process should be
 * started with UV_THREADPOOL_SIZE=16, so that the flushes of a round overlap.
 *
 * Rejects when the data directory cannot be used or the metadata service will not have the node.
 */
export async function runNode(config: NodeConfig): Promise<void> {
  const { nodeId, region, zone } = config;
  const log = createLog({ level: config.logLevel, fields: { role: "node", nodeId, region, zone } });
  exitOnUnhandled(process, log);
  const metrics = new Metrics();
  metrics.collectProcessMetrics();
  const service = createNodeProcess(config, {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    newId: randomUUID,
    metrics,
    log,
    giveUp: (error) => {
      log.fatal("disk_failed", { error });
      process.exit(EXIT_DISK_FAILED);
    },
    onReady: (addresses) => {
      process.stdout.write(`${JSON.stringify({ event: "ready", ...addresses })}\n`);
    },
  });
  await runUntilSignal(service, process, log);
}
