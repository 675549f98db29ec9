import { RESULT_ROW_BYTES, type ResultBatch } from "./result-batch.ts";
import { copyWords, wordsOf } from "./row-words.ts";

const ROW_WORDS = RESULT_ROW_BYTES >> 2;

/**
 * Puts the results of some rows into their places: row i of `results` becomes row order[i] of
 * `target`.
 */
export function gather(target: ResultBatch, order: Uint16Array, results: ResultBatch): void {
  const from = wordsOf(results.rows);
  const to = wordsOf(target.rows);
  for (let i = 0; i < order.length; i++) copyWords(from, i * ROW_WORDS, to, order[i] * ROW_WORDS, ROW_WORDS);
}
