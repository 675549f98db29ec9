/** Hour of the local day at which a desk is busiest; half a day away it is quietest. */
const BUSIEST_HOUR = 13;

/** Share of its mean at which a region trades in the middle of the night. */
const NIGHT_WEIGHT = 0.2;

/**
 * How busy a region is at a moment of the business day, as a multiple of its mean over the day:
 * a cosine around early afternoon, local time, so that activity moves west with the sun.
 * @param hourUtc hours since midnight UTC; beyond 24 the next day begins
 * @param utcOffsetHours of the region's clocks
 */
export function activity(hourUtc: number, utcOffsetHours: number): number {
  const phase = ((hourUtc + utcOffsetHours - BUSIEST_HOUR) / 24) * 2 * Math.PI;
  return 1 + (1 - NIGHT_WEIGHT) * Math.cos(phase);
}
