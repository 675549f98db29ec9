/** Whether more is better, less is better, or neither can be said. */
export type Direction = "higher" | "lower" | "neither";

const HIGHER = [/PerSecond$/, /[rR]atioTo/];
const LOWER = [/Ms(Max)?$/, /Micros/, /Bytes/, /Seconds$/];

/** Which way a metric is better, by its name. */
export function directionOf(metric: string): Direction {
  if (HIGHER.some((pattern) => pattern.test(metric))) return "higher";
  if (LOWER.some((pattern) => pattern.test(metric))) return "lower";
  return "neither";
}

/** A figure with as many digits as mean something. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 || size === 0 ? value.toFixed(2) : value.toFixed(3);
}
