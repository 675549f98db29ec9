import type { Measurement } from "../bench.ts";
import type { FullResult } from "./bench-result.ts";
import { latencyPlot, throughputPlot } from "./latency-plots.ts";
import { formatFigure } from "./metric-format.ts";
import { escapeText, renderPlot } from "./svg-plot.ts";
import { renderEnvironment } from "./text-report.ts";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left }
.scroll { overflow-x: auto }
.bad { color: #b00020; font-weight: bold }
pre { background: #f6f6f6; padding: .7rem; overflow-x: auto }
svg { width: 100%; height: auto }`;

/** A report in one file: figures, plots and environment, nothing to be loaded from elsewhere. */
export function renderHtml(result: FullResult, measurements: readonly Measurement[]): string {
  const plots = [latencyPlot(measurements), throughputPlot(measurements)].filter(
    (plot) => plot !== undefined,
  );
  const isOk = result.audit === "ok";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(result.bench)}</title><style>${STYLE}</style></head><body>
<h1>${escapeText(result.bench)}</h1>
<p>${escapeText(result.environment.startedAt)}</p>
${headlineTable(result)}
${list(result.remarks, "bad")}
<p class="${isOk ? "" : "bad"}">Audit: ${result.audit}</p>
${list(result.auditFindings, "bad")}
${plots.map(renderPlot).join("\n")}
<h2>Measurements</h2>
${measurements.map(measurementTable).join("\n")}
<h2>Environment</h2>
<pre>${escapeText(renderEnvironment(result.environment))}</pre>
<pre>${escapeText(JSON.stringify({ flags: result.flags, environment: result.environment }, undefined, 2))}</pre>
</body></html>
`;
}

function headlineTable({ metrics }: FullResult): string {
  return table(Object.entries(metrics).filter(([name]) => !name.includes(".")));
}

function measurementTable({ name, metrics }: Measurement): string {
  return `<h3>${escapeText(name)}</h3><div class="scroll">${table(Object.entries(metrics))}</div>`;
}

function table(figures: readonly (readonly [string, number])[]): string {
  const rows = figures.map(
    ([name, value]) => `<tr><td>${escapeText(name)}</td><td>${formatFigure(value)}</td></tr>`,
  );
  return `<table>${rows.join("")}</table>`;
}

function list(items: readonly string[], className: string): string {
  if (items.length === 0) return "";
  return `<ul class="${className}">${items.map((item) => `<li>${escapeText(item)}</li>`).join("")}</ul>`;
}
