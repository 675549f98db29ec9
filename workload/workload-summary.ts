import type { AuditReport } from "./audit/audit.ts";
import type { LatencySummary } from "./latency-recorder.ts";
import type { Workload } from "./workload.ts";

/** One region's figures over a whole run. */
export interface RegionSummary {
  /** Decisions a second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Operations on issuers at home in the region. */
  readonly home: LatencySummary;
  /** Operations on issuers at home elsewhere. */
  readonly crossRegion: LatencySummary;
  /** Operations that were due but left out, because too many were under way. */
  readonly notSent: number;
}

/** A whole run, in the shape scripts read. */
export interface WorkloadSummary {
  readonly seconds: number;
  readonly approved: number;
  readonly declined: number;
  /** Failed attempts by reason; what was repeated until it succeeded is counted too. */
  readonly errors: Readonly<Record<string, number>>;
  readonly regions: Readonly<Record<string, RegionSummary>>;
  readonly audit: AuditReport;
}

/** Puts the figures of a finished load together. */
export function summarize(
  { books, regions }: Workload,
  seconds: number,
  audit: AuditReport,
): WorkloadSummary {
  const { approved, declined, errors } = books;
  const figures = regions.map((region): [string, RegionSummary] => {
    const { count, p50Ms, p99Ms } = region.all.total();
    const perSecond = Math.round((count / seconds) * 10) / 10;
    const parts = { home: region.home.total(), crossRegion: region.crossRegion.total() };
    return [region.region, { perSecond, p50Ms, p99Ms, ...parts, notSent: region.notSent }];
  });
  return { seconds, approved, declined, errors, regions: Object.fromEntries(figures), audit };
}
