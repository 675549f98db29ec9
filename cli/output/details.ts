import type { Listing } from "./listing.ts";

/** One thing, as a two-column table of what is known of it; values that are undefined are left out. */
export function details(facts: Readonly<Record<string, unknown>>, data: unknown): Listing {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== "");
  return {
    headings: ["FIELD", "VALUE"],
    cells: known.map(([name, value]) => [name, text(value)]),
    data,
  };
}

function text(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
