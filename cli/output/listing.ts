/** One column of a table. */
export interface Column<Row> {
  /** Heading, the unit in it. */
  readonly heading: string;
  readonly text: (row: Row) => string;
  /** Only shown by `-o wide`. */
  readonly wide?: boolean;
}

/** Something to show: as a table for people, as data for programs. */
export interface Listing {
  /** Headings and cells of the table. */
  readonly headings: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /** The same and more, for JSON and YAML. */
  readonly data: unknown;
}

/** What `-o` accepts. */
export const OUTPUT_FORMATS = ["table", "wide", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** A listing of rows. */
export function listing<Row>(
  format: OutputFormat,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  data: unknown,
): Listing {
  const shown = columns.filter(({ wide }) => format === "wide" || !wide);
  return {
    headings: shown.map(({ heading }) => heading),
    cells: rows.map((row) => shown.map(({ text }) => text(row))),
    data,
  };
}
