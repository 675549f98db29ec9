import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  METRICS,
  type MetricLabels,
  type MetricName,
  type MetricRow,
} from "./metric-catalog.ts";

/** A counter with its labels fixed. */
export interface CounterSeries {
  inc(by?: number): void;
}

/** A gauge with its labels fixed. */
export interface GaugeSeries {
  set(value: number): void;
}

/** A histogram with its labels fixed; durations are in seconds. */
export interface HistogramSeries {
  observe(value: number): void;
}

/**
 * The metrics of one process. Ask for a series once and keep it: binding labels costs a lookup,
 * counting through a bound series does not.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #collectors = new Map<MetricName, Counter | Gauge | Histogram>();

  /** Adds memory, event loop and garbage collection of this process; once per process. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  counter<Name extends CounterName>(name: Name, labels: MetricLabels<Name>): CounterSeries {
    return (this.#collector(name) as Counter).labels(labels);
  }

  gauge<Name extends GaugeName>(name: Name, labels: MetricLabels<Name>): GaugeSeries {
    return (this.#collector(name) as Gauge).labels(labels);
  }

  histogram<Name extends HistogramName>(name: Name, labels: MetricLabels<Name>): HistogramSeries {
    return (this.#collector(name) as Histogram).labels(labels);
  }

  /** Stops showing a series, such as that of a shard which moved away. */
  remove<Name extends MetricName>(name: Name, labels: MetricLabels<Name>): void {
    this.#collectors.get(name)?.remove(labels);
  }

  /** Media type of {@link exposition}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything observed so far in the Prometheus text format. */
  exposition(): Promise<string> {
    return this.#registry.metrics();
  }

  #collector(name: MetricName): Counter | Gauge | Histogram {
    const known = this.#collectors.get(name);
    if (known !== undefined) return known;
    const collector = newCollector(name, METRICS[name], this.#registry);
    this.#collectors.set(name, collector);
    return collector;
  }
}

function newCollector(name: string, row: MetricRow, registry: Registry): Counter | Gauge | Histogram {
  const shared = { name, help: row.help, labelNames: [...row.labels], registers: [registry] };
  switch (row.kind) {
    case "counter":
      return new Counter(shared);
    case "gauge":
      return new Gauge(shared);
    case "histogram":
      return new Histogram({ ...shared, buckets: [...(row.buckets ?? [])] });
  }
}
