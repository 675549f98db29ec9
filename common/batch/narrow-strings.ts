import { BATCH_STRINGS_MAX, type MutationBatch, REQUEST_ROW_BYTES, RequestRow } from "./mutation-batch.ts";

/** The five string fields lie side by side: this many 16-bit words from the issuer on. */
const STRING_FIELDS = 5;
const ROW_HALVES = REQUEST_ROW_BYTES >> 1;
const FIRST_HALF = RequestRow.ISSUER >> 1;

/**
 * Pairs rows with the strings they may refer to. A string costs its encoding and decoding on the
 * next hop, narrowing costs a pass over the rows: with more strings than rows most are not
 * referred to and are left out, otherwise the whole list is handed on as it is.
 * @param rows owned by the caller: indexes are rewritten in place; aligned to 2 bytes
 */
export function narrowStrings(rows: Uint8Array, strings: readonly string[]): MutationBatch {
  if (strings.length <= rows.byteLength / REQUEST_ROW_BYTES) return { rows, strings };
  const halves = new Uint16Array(rows.buffer, rows.byteOffset, rows.byteLength >> 1);
  const kept: string[] = [];
  const newIndexes = new Uint16Array(strings.length + 1);
  for (let row = FIRST_HALF; row < halves.length; row += ROW_HALVES) {
    for (let at = row; at < row + STRING_FIELDS; at++) {
      const index = halves[at];
      if (index === 0) continue;
      halves[at] = index <= strings.length ? (newIndexes[index] ||= kept.push(strings[index - 1])) : DANGLING;
    }
  }
  return { rows, strings: kept };
}

/** Stays out of range, so that the leader still finds the row's fault: a batch cannot use this many strings. */
const DANGLING = BATCH_STRINGS_MAX;
