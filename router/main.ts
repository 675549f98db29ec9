import { systemClock } from "../common/clock.ts";
import { createLog } from "../common/log/pino-log.ts";
import { Metrics } from "../common/metrics/metrics.ts";
import { exitOnUnhandled, runUntilSignal } from "../common/process-life.ts";
import { systemRandom } from "../common/random.ts";
import { type RouterConfig, routerIdOf } from "./config.ts";
import { createRouterProcess } from "./router-process.ts";

/**
 * Runs a router in this process until SIGTERM or SIGINT. Prints one line on standard output when it
 * listens: `{"event":"ready","grpc":"host:port","ops":"host:port"}`. It is ready for work (`/readyz`)
 * as soon as it has the shard map.
 */
export async function runRouter(config: RouterConfig): Promise<void> {
  const { region, zone, logLevel } = config;
  const log = createLog({
    level: logLevel,
    fields: { role: "router", routerId: routerIdOf(config), region, zone },
  });
  exitOnUnhandled(process, log);
  const metrics = new Metrics();
  metrics.collectProcessMetrics();
  const onReady = (addresses: { grpc: string; ops: string }): void => {
    process.stdout.write(`${JSON.stringify({ event: "ready", ...addresses })}\n`);
  };
  const service = createRouterProcess(config, {
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    onReady,
  });
  await runUntilSignal(service, process, log);
}
