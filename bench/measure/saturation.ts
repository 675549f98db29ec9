/** An open-loop load as it went. */
export interface OfferedLoad {
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  /** How far the sender lay behind the arrivals at the end, milliseconds. */
  readonly behindMs: number;
}

/** Share of the offered load that must be answered while it lasts; the rest are its random gaps. */
const ANSWERED_SHARE_MIN = 0.95;
const BEHIND_MS_MAX = 250;

/** Says so when a system did not keep up: its latencies are then those of a growing queue. */
export function saturation(load: OfferedLoad): string | undefined {
  const { offeredPerSecond, answeredPerSecond, behindMs } = load;
  const keptUp = answeredPerSecond >= offeredPerSecond * ANSWERED_SHARE_MIN && behindMs <= BEHIND_MS_MAX;
  if (keptUp) return undefined;
  return (
    `SATURATED: ${Math.round(offeredPerSecond)}/s were offered and ${Math.round(answeredPerSecond)}/s answered, ` +
    `${Math.round(behindMs)} ms behind at the end; the latencies are those of a growing queue`
  );
}
