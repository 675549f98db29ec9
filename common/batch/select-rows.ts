import { type MutationBatch, REQUEST_ROW_BYTES } from "./mutation-batch.ts";
import { narrowStrings } from "./narrow-strings.ts";
import { alignedToLongs, longWordsOf } from "./row-words.ts";

const ROW_LONGS = REQUEST_ROW_BYTES >> 3;

/** A batch of some rows of another one, in the order given. */
export function selectRows(batch: MutationBatch, order: Uint16Array): MutationBatch {
  const rows = new Uint8Array(order.length * REQUEST_ROW_BYTES);
  const from = longWordsOf(alignedToLongs(batch.rows));
  const to = longWordsOf(rows);
  for (let i = 0; i < order.length; i++) {
    const fromLong = order[i] * ROW_LONGS;
    const toLong = i * ROW_LONGS;
    for (let long = 0; long < ROW_LONGS; long++) to[toLong + long] = from[fromLong + long];
  }
  return narrowStrings(rows, batch.strings);
}
