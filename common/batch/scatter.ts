import { type MutationBatch, REQUEST_ROW_BYTES, RequestRow } from "./mutation-batch.ts";
import { alignedToLongs } from "./row-words.ts";
import { selectRows } from "./select-rows.ts";

/** The rows of a batch that go to one shard. */
export type ShardPart = {
  readonly shardId: number;
  readonly batch: MutationBatch;
  /** order[i] is the caller's row behind the part's row i; rising. */
  readonly order: Uint16Array;
};

/** What becomes of a batch. */
export type ScatterPlan =
  /** It goes to one shard as it is. */
  | { readonly type: "whole"; readonly shardId: number }
  /** Every row is in exactly one part or among the unplaced. */
  | {
      readonly type: "split";
      readonly parts: readonly ShardPart[];
      /** Rows whose issuer has no shard; rising. */
      readonly unplaced: Uint16Array;
    };

/** Index (into the batch's strings, from 1) of every issuer of a batch, each once; dangling ones left out. */
export function issuerIndexes(batch: MutationBatch): number[] {
  const { rows, strings } = batch;
  const seen = new Uint8Array(strings.length + 1);
  seen[0] = 1;
  const found: number[] = [];
  for (let at = RequestRow.ISSUER; at < rows.byteLength; at += REQUEST_ROW_BYTES) {
    const index = rows[at] | (rows[at + 1] << 8);
    if (seen[index] !== 0) continue; // a dangling index reads undefined
    seen[index] = 1;
    found.push(index);
  }
  return found;
}

/**
 * Splits a batch by shard without decoding it; rows keep their order within a part.
 * @param shardOfString by string index (from 1): the shard of an issuer, negative for what has none
 */
export function scatter(batch: MutationBatch, shardOfString: Int32Array): ScatterPlan {
  const split = countByShard(batch, shardOfString);
  if (split.unplacedCount === 0 && split.shardIds.length === 1) {
    return { type: "whole", shardId: split.shardIds[0] };
  }
  return copyByShard(batch, split);
}

/** A part's number stands for its shard, so that the row loops only index arrays. */
type Split = {
  readonly partOfString: Int16Array;
  readonly shardIds: number[];
  readonly counts: number[];
  readonly unplacedCount: number;
};

function countByShard(batch: MutationBatch, shardOfString: Int32Array): Split {
  const { rows } = batch;
  const partOfString = new Int16Array(shardOfString.length).fill(-1);
  const shardIds: number[] = [];
  const counts: number[] = [];
  for (let index = 1; index < shardOfString.length; index++) {
    if (shardOfString[index] < 0) continue;
    let part = shardIds.indexOf(shardOfString[index]);
    if (part < 0) {
      part = shardIds.push(shardOfString[index]) - 1;
      counts.push(0);
    }
    partOfString[index] = part;
  }
  let unplacedCount = 0;
  for (let at = RequestRow.ISSUER; at < rows.byteLength; at += REQUEST_ROW_BYTES) {
    const part = partOfString[rows[at] | (rows[at + 1] << 8)];
    if (part >= 0) counts[part]++;
    else unplacedCount++;
  }
  return { partOfString, shardIds, counts, unplacedCount };
}

function copyByShard(
  batch: MutationBatch,
  { partOfString, shardIds, counts, unplacedCount }: Split,
): ScatterPlan {
  const rows = alignedToLongs(batch.rows);
  const orders = counts.map((count) => new Uint16Array(count));
  const filled = new Uint16Array(counts.length);
  const unplaced = new Uint16Array(unplacedCount);
  let unplacedFilled = 0;
  for (let row = 0, at = RequestRow.ISSUER; at < rows.byteLength; row++, at += REQUEST_ROW_BYTES) {
    const part = partOfString[rows[at] | (rows[at + 1] << 8)];
    if (part >= 0) orders[part][filled[part]++] = row;
    else unplaced[unplacedFilled++] = row;
  }
  const source = { rows, strings: batch.strings };
  const parts = shardIds.map((shardId, part) => {
    const order = orders[part];
    return { shardId, batch: selectRows(source, order), order };
  });
  return { type: "split", parts, unplaced };
}
