import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkWritable, writeJson } from "../../cli/output/json-file.ts";
import type { Measurement } from "../bench.ts";
import type { FullResult } from "./bench-result.ts";
import { renderHtml } from "./html-report.ts";

/** Files a run is to write. */
export interface ResultFiles {
  readonly json?: string;
  readonly html?: string;
  /** Directory of the histograms, one file per measurement. */
  readonly hgrm?: string;
}

/** Fails before the run when a file cannot be written after it. */
export function checkFiles({ json, html, hgrm }: ResultFiles): void {
  checkWritable(json);
  checkWritable(html);
  if (hgrm !== undefined) mkdirSync(hgrm, { recursive: true });
}

export function writeFiles(
  { json, html, hgrm }: ResultFiles,
  result: FullResult,
  measurements: readonly Measurement[],
): void {
  if (json !== undefined) writeJson(json, result);
  if (html !== undefined) writeFileSync(html, renderHtml(result, measurements));
  if (hgrm === undefined) return;
  for (const { name, latency } of measurements) {
    if (latency !== undefined) writeFileSync(join(hgrm, `${result.bench}.${name}.hgrm`), latency.hgrm());
  }
}
