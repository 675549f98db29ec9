import Table from "cli-table3";
import { stringify } from "yaml";
import type { Listing, OutputFormat } from "./listing.ts";

/** Text of a listing in the format asked for, with a newline at the end. */
export function render(format: OutputFormat, { headings, cells, data }: Listing): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(data, undefined, 2)}\n`;
    case "yaml":
      return stringify(data);
    case "table":
    case "wide":
      return `${renderTable(headings, cells)}\n`;
  }
}

/** A plain table without lines: columns two spaces apart, so that `awk` and eyes can read it. */
export function renderTable(headings: readonly string[], cells: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...headings],
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  table.push(...cells.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
