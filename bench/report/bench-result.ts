import { z } from "zod";
import type { BenchFindings } from "../bench.ts";
import type { Environment } from "../environment/environment.ts";

const metrics = z.record(z.string(), z.number());

/** A finished run as it is written with `--json`; programs may find more fields in time. */
export const benchResultSchema = z.looseObject({
  bench: z.string(),
  environment: z.looseObject({
    gitRevision: z.string(),
    node: z.string(),
    cpu: z.string(),
    cores: z.number(),
    fsyncP50Ms: z.number(),
    loadBefore: z.number(),
    cpuIdleShare: z.number().optional(),
    cpuStealShare: z.number().optional(),
  }),
  /** Headline figures by name; those of single measurements as `measurement.name`. */
  metrics,
  audit: z.enum(["ok", "failed"]),
});

export type BenchResult = z.infer<typeof benchResultSchema>;

/** A result with everything a run knows. */
export interface FullResult extends BenchResult {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment & Record<string, unknown>;
  readonly remarks: readonly string[];
  readonly auditFindings: readonly string[];
}

/** Puts the result of a run together. */
export function benchResult(
  name: string,
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
  findings: BenchFindings,
): FullResult {
  const { headline, measurements, remarks, auditFindings } = findings;
  const single = measurements.flatMap((measurement) =>
    Object.entries(measurement.metrics).map(
      ([metric, value]) => [`${measurement.name}.${metric}`, value] as const,
    ),
  );
  return {
    bench: name,
    environment: { ...environment },
    flags,
    metrics: { ...headline, ...Object.fromEntries(single) },
    audit: auditFindings.length === 0 ? "ok" : "failed",
    remarks,
    auditFindings,
  };
}
