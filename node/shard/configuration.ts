/**
 * What the configuration register says of a shard in one generation. Published once by
 * compare-and-set, never changed afterwards (I1).
 */
export type ShardConfiguration = {
  readonly shardId: number;
  readonly generation: number;
  /** UUID of the shard's life, 16 bytes. */
  readonly incarnation: Uint8Array;
  readonly leader: string;
  /** Nodes that must hold a record durably before it is acknowledged; contains the leader. */
  readonly ackSet: readonly string[];
  /** Node whose progress the recovery gate watches; "" for none. */
  readonly remote: string;
  /** Every node that holds the shard. */
  readonly replicas: readonly string[];
  /** First LSN of this generation. */
  readonly startLsn: number;
  readonly operationId: string;
  /** True once the generation's START record is committed by the whole ack set. */
  readonly established: boolean;
};

/** One generation of a shard's surviving history. */
export type LineageEntry = { readonly generation: number; readonly startLsn: number };

/**
 * Last LSN that a log whose newest record is of a generation can share with the lineage: one less
 * than the lowest start of any later entry, infinite when there is none. The generation itself need
 * not be part of the lineage: it may have been published and never established.
 */
export function endOfGeneration(lineage: readonly LineageEntry[], generation: number): number {
  let end = Number.POSITIVE_INFINITY;
  for (const entry of lineage) {
    if (entry.generation > generation) end = Math.min(end, entry.startLsn - 1);
  }
  return end;
}

/** Generation that created the surviving record at an LSN; 0 before the first entry. */
export function generationOfLsn(lineage: readonly LineageEntry[], lsn: number): number {
  for (let i = lineage.length - 1; i >= 0; i--) if (lineage[i].startLsn <= lsn) return lineage[i].generation;
  return 0;
}
