/** Bounds of one piece: the smaller ones are under a millisecond, the larger ones a few. */
const PIECE_BYTES_MIN = 256 * 1024;
const PIECE_BYTES_MAX = 4 * 1024 * 1024;
/** A segment, at most twice as large, is prepared while the second half of the one before fills. */
const PIECE_PER_WRITTEN = 4;

/**
 * Paces the preparation of segments: as fast as the current ones fill, so that the next one is
 * ready in time and no round waits behind more zeros than it must.
 */
export class SegmentPreparation {
  /** Bytes written since the last piece, by shard whose next segment is being prepared. */
  readonly #writtenBytes = new Map<number, number>();

  /** Takes note of a round; true when a preparation has to begin. */
  onRound(shardId: number, bytes: number, wantsSegment: boolean): boolean {
    const written = this.#writtenBytes.get(shardId);
    if (written === undefined && !wantsSegment) return false;
    this.#writtenBytes.set(shardId, (written ?? 0) + bytes);
    return written === undefined;
  }

  /** Size of the next piece of a shard. */
  takePiece(shardId: number): number {
    const bytes = (this.#writtenBytes.get(shardId) ?? 0) * PIECE_PER_WRITTEN;
    this.#writtenBytes.set(shardId, 0);
    return Math.min(Math.max(bytes, PIECE_BYTES_MIN), PIECE_BYTES_MAX);
  }

  /** Takes note of a piece that is done; true when more have to follow. */
  onPiece(shardId: number, leftBytes: number): boolean {
    if (leftBytes === 0) this.#writtenBytes.delete(shardId);
    return leftBytes > 0;
  }
}
