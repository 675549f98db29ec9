import type { Measurement } from "../bench.ts";
import type { Axis, Plot, Tick } from "./svg-plot.ts";

const PERCENTILES = ["0", "90", "99", "99.9", "99.99", "99.999", "99.9999"];
const Y_TICKS = 5;

/** Latency by percentile, both axes logarithmic: the tail, which the mean hides, takes most of the width. */
export function latencyPlot(measurements: readonly Measurement[]): Plot | undefined {
  const lines = measurements.flatMap(({ name, latency }) => {
    if (latency === undefined || latency.count === 0) return [];
    const points = latency
      .curve()
      .map(({ percentile, ms }) => ({ x: tailDigits(percentile), y: Math.log10(ms) }));
    return [{ name, points }];
  });
  if (lines.length === 0) return undefined;
  const points = lines.flatMap((line) => line.points);
  const x = {
    label: "percentile",
    ticks: percentileTicks(Math.max(...points.map((point) => point.x))),
  };
  return { title: "Latency by percentile", x, y: millisecondAxis(points.map((point) => point.y)), lines };
}

/** Answers a second over the measurement: a steady line, or the stalls that an average hides. */
export function throughputPlot(measurements: readonly Measurement[]): Plot | undefined {
  const lines = measurements.flatMap(({ name, timeline }) => {
    if (timeline === undefined || timeline.length < 2) return [];
    return [{ name, points: timeline.map(({ second, count }) => ({ x: second, y: count })) }];
  });
  if (lines.length === 0) return undefined;
  const points = lines.flatMap((line) => line.points);
  const secondsMax = Math.max(...points.map((point) => point.x));
  const countMax = Math.max(1, ...points.map((point) => point.y));
  return {
    title: "Answers a second",
    x: { label: "second", ticks: evenTicks(secondsMax) },
    y: { label: "per second", ticks: evenTicks(countMax) },
    lines,
  };
}

/** Number of nines of a percentile, with fractions: 90 → 1, 99 → 2. */
function tailDigits(percentile: number): number {
  return -Math.log10(1 - percentile / 100);
}

function percentileTicks(most: number): Tick[] {
  return PERCENTILES.map((text) => ({ at: tailDigits(Number(text)), text })).filter(({ at }) => at <= most);
}

/** Powers of ten around the values. */
function millisecondAxis(logs: readonly number[]): Axis {
  const least = Math.floor(Math.min(...logs));
  const most = Math.ceil(Math.max(...logs));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => ({
    at: least + i,
    text: String(Number((10 ** (least + i)).toPrecision(1))),
  }));
  return { label: "milliseconds", ticks };
}

function evenTicks(most: number): Tick[] {
  const step = niceStep(most / Y_TICKS);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => ({
    at: i * step,
    text: (i * step).toLocaleString("en-US"),
  }));
}

/** The next larger of 1, 2, 5 times a power of ten. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, step)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= step) ?? power * 10;
}
