import type { ShardStatus } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { LatencySummary } from "../../workload/latency-recorder.ts";
import { renderTable } from "../output/render.ts";
import { SHARD_COLUMNS } from "../output/shard-columns.ts";

/** One region over the last stretch of time. */
export interface RegionFrame {
  readonly region: string;
  /** Decisions a second. */
  readonly perSecond: number;
  readonly home: LatencySummary;
  readonly crossRegion: LatencySummary;
}

/** Everything the demo shows at one moment. */
export interface DemoFrame {
  readonly seconds: number;
  readonly approved: number;
  readonly declined: number;
  readonly errors: number;
  readonly regions: readonly RegionFrame[];
  /** As the cluster last said; empty while it does not. */
  readonly shards: readonly ShardStatus[];
}

/** The frame as tables for a terminal. */
export function renderFrame(frame: DemoFrame): string {
  const columns = SHARD_COLUMNS.filter(({ wide }) => !wide);
  const shards = renderTable(
    columns.map(({ heading }) => heading),
    frame.shards.map((shard) => columns.map(({ text }) => text(shard))),
  );
  const regions = renderTable(
    ["REGION", "PER SECOND", "HOME P50 MS", "HOME P99 MS", "CROSS-REGION P50 MS", "CROSS-REGION P99 MS"],
    frame.regions.map(({ region, perSecond, home, crossRegion }) => [
      region,
      perSecond.toFixed(0),
      ...[home.p50Ms, home.p99Ms, crossRegion.p50Ms, crossRegion.p99Ms].map((ms) => ms.toFixed(1)),
    ]),
  );
  return `\n${shards}\n\n${regions}\n\n${renderTotals(frame)}  (Ctrl-C stops everything)\n`;
}

/** The frame as one line for a log. */
export function renderLine(frame: DemoFrame): string {
  const regions = frame.regions.map(
    ({ region, perSecond, home, crossRegion }) =>
      `${region} ${perSecond.toFixed(0)}/s home p99 ${home.p99Ms.toFixed(1)} ms cross-region p99 ${crossRegion.p99Ms.toFixed(1)} ms`,
  );
  return `${renderTotals(frame)} | ${regions.join(" | ")}\n`;
}

function renderTotals({ seconds, approved, declined, errors }: DemoFrame): string {
  return `${seconds.toFixed(0)} s: ${approved} approved, ${declined} declined, ${errors} errors`;
}
