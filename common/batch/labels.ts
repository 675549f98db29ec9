import { NAME_BYTES_MAX, utf8Length } from "./text-length.ts";

/** Most labels of one reservation. */
export const LABELS_MAX = 16;

/**
 * Labels as the one text that stands for them in rows and records: a JSON object with its keys in
 * code-unit order, "" for no labels. Equal labels give equal text, so contents compare as bytes.
 */
export function canonicalLabels(labels: Readonly<Record<string, string>>): string {
  const keys = Object.keys(labels).sort();
  if (keys.length === 0) return "";
  // Joined by hand: an object would move integer-like keys to the front.
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`).join(",")}}`;
}

/** Whether a text is what {@link canonicalLabels} makes of labels within their bounds. */
export function isLabelsText(text: string): boolean {
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof labels !== "object" || labels === null) return false;
  const entries = Object.entries(labels);
  const fits = entries.every(([key, value]) => key !== "" && isLabelPart(key) && isLabelPart(value));
  return fits && entries.length <= LABELS_MAX && canonicalLabels(labels as Record<string, string>) === text;
}

function isLabelPart(part: unknown): boolean {
  return typeof part === "string" && utf8Length(part) <= NAME_BYTES_MAX;
}

/** Labels behind their canonical text. */
export function parseLabels(text: string): Record<string, string> {
  return text === "" ? {} : JSON.parse(text);
}
