/**
 * Numbers with a meaning. All are safe integers (≤ 2^53 − 1) inside a process and 64-bit
 * integers on the wire; the brand keeps one from being passed for another.
 */
type Branded<Name extends string> = number & { readonly __unit?: Name };

/** Log sequence number of one shard: dense, starting at 1; 0 is "before the first record". */
export type Lsn = Branded<"Lsn">;

/** Number of a configuration of one shard; grows with every change of leader or ack set. */
export type Generation = Branded<"Generation">;

/** Number of a shard, unique in the cluster. */
export type ShardId = Branded<"ShardId">;

/** Amount of money in minor units of the issuer's currency. */
export type AmountMinor = Branded<"AmountMinor">;

/** Largest amount, limit or exposure: exact in a JavaScript number. */
export const AMOUNT_MINOR_MAX: AmountMinor = Number.MAX_SAFE_INTEGER;

/** A place in one shard's history; an LSN alone may be reused by a later generation. */
export type LogPosition = {
  readonly generation: Generation;
  readonly lsn: Lsn;
};
