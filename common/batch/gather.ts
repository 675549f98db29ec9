import { RESULT_ROW_BYTES, type ResultBatch } from "./result-batch.ts";
import { wordsOf } from "./row-words.ts";

const ROW_WORDS = RESULT_ROW_BYTES >> 2;

/**
 * Puts the results of some rows into their places: row i of `results` becomes row order[i] of
 * `target`.
 */
export function gather(target: ResultBatch, order: Uint16Array, results: ResultBatch): void {
  const from = wordsOf(results.rows);
  const to = wordsOf(target.rows);
  for (let i = 0; i < order.length; i++) {
    const fromWord = i * ROW_WORDS;
    const toWord = order[i] * ROW_WORDS;
    for (let word = 0; word < ROW_WORDS; word++) to[toWord + word] = from[fromWord + word];
  }
}
