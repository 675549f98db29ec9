import { renderTable } from "../../cli/output/render.ts";
import type { Measurement } from "../bench.ts";
import type { Environment } from "../environment/environment.ts";
import type { FullResult } from "./bench-result.ts";
import { formatFigure } from "./metric-format.ts";

/** Processor time of one process per operation, such as "madrid1CpuMicros". */
const PROCESS_METRIC = /.CpuMicros$/;

/** What a run prints: headline, a line per measurement, what to know beside it, where it was measured. */
export function renderText(result: FullResult, measurements: readonly Measurement[]): string {
  const headline = Object.entries(result.metrics).filter(([name]) => !name.includes("."));
  const parts = [
    renderTable(
      ["METRIC", "VALUE"],
      headline.map(([name, value]) => [name, formatFigure(value)]),
    ),
    ...measurementTables(measurements),
    ...result.remarks.map((remark) => `! ${remark}`),
    `Audit: ${result.audit}`,
    ...result.auditFindings.map((finding) => `  ${finding}`),
    renderEnvironment(result.environment),
  ];
  return `${parts.join("\n\n").replaceAll("\n\n! ", "\n! ").replaceAll("\n\n  ", "\n  ")}\n`;
}

/** One table for each set of metrics that measurements share, and one for what each process spent. */
function measurementTables(measurements: readonly Measurement[]): string[] {
  const alike = Map.groupBy(measurements, ({ metrics }) => Object.keys(metrics).join("|"));
  return [...alike.values()].flatMap((group) => {
    const names = Object.keys(group[0].metrics);
    const ofProcesses = names.filter((name) => PROCESS_METRIC.test(name));
    const ofAll = names.filter((name) => !PROCESS_METRIC.test(name));
    return ofProcesses.length === 0
      ? [measurementTable(group, ofAll)]
      : [measurementTable(group, ofAll), measurementTable(group, ofProcesses)];
  });
}

function measurementTable(group: readonly Measurement[], names: readonly string[]): string {
  const cells = group.map(({ name, metrics }) => [
    name,
    ...names.map((metric) => formatFigure(metrics[metric])),
  ]);
  return renderTable(["MEASUREMENT", ...names], cells);
}

/** The environment in two lines. */
export function renderEnvironment(environment: Environment): string {
  const { cpu, cores, node, gitRevision, fsyncP50Ms, loadBefore, cpuIdleShare, cpuStealShare } = environment;
  const share = (value: number | undefined): string =>
    value === undefined ? "unknown" : `${(value * 100).toFixed(1)} %`;
  return (
    `${cores} × ${cpu}, Node ${node}, revision ${gitRevision}\n` +
    `8 KiB fsync p50 ${fsyncP50Ms.toFixed(3)} ms, load before ${loadBefore.toFixed(2)}, ` +
    `during: idle ${share(cpuIdleShare)}, steal ${share(cpuStealShare)}`
  );
}
