import { alignedRows, type MutationBatch, REQUEST_ROW_BYTES } from "./mutation-batch.ts";
import { narrowStrings } from "./narrow-strings.ts";
import { copyWords, wordsOf } from "./row-words.ts";

const ROW_WORDS = REQUEST_ROW_BYTES >> 2;

/** A batch of some rows of another one, in the order given. */
export function selectRows(batch: MutationBatch, order: Uint16Array): MutationBatch {
  const source = wordsOf(alignedRows(batch.rows));
  const rows = new Uint8Array(order.length * REQUEST_ROW_BYTES);
  const target = wordsOf(rows);
  for (let i = 0; i < order.length; i++)
    copyWords(source, order[i] * ROW_WORDS, target, i * ROW_WORDS, ROW_WORDS);
  return narrowStrings(rows, batch.strings);
}
