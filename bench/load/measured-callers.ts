import type { Clock } from "../../common/clock.ts";
import type { Measurement } from "../bench.ts";
import { runClosedLoop } from "../measure/closed-loop.ts";
import { latencyMetrics } from "../measure/latency-metrics.ts";
import { LoadRecorder } from "../measure/load-recorder.ts";
import { measureWithin } from "../measure/measured-window.ts";
import type { Operation } from "./operation.ts";

/** How long a load lasts. */
export interface CallerTimes {
  readonly warmupSeconds: number;
  readonly seconds: number;
}

/** Measures callers that each send again as soon as they have their answer, and nothing around them. */
export async function measureCallers(
  name: string,
  operation: Operation,
  callers: number,
  { warmupSeconds, seconds }: CallerTimes,
  clock: Clock,
): Promise<Measurement> {
  const recorder = new LoadRecorder(clock);
  const untilMs = clock.monotonicMs() + (warmupSeconds + seconds) * 1000;
  const load = runClosedLoop(callers, untilMs, clock, operation.sender(callers, recorder));
  const [onBegin, onEnd] = [() => recorder.begin(), () => recorder.end()];
  await measureWithin(load, { warmupSeconds, seconds, onBegin, onEnd });
  const metrics = { [operation.rateName]: recorder.perSecond, ...latencyMetrics(recorder.latency) };
  return { name, metrics, latency: recorder.latency, timeline: recorder.timeline };
}
