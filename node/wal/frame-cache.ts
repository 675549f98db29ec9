import { type Frame, FrameRows } from "../shard/frame.ts";

/** A frame in memory, with its row accessors once somebody asked for them. */
type CachedFrame = { readonly frame: Frame; rows: FrameRows | undefined };

/** Frames in memory by first LSN, bounded by bytes: what came first leaves first, the newest stays. */
export class FrameCache {
  readonly #bytesMax: number;
  readonly #frames = new Map<number, CachedFrame>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(firstLsn: number): Frame | undefined {
    return this.#frames.get(firstLsn)?.frame;
  }

  add(frame: Frame): void {
    this.#delete(frame.firstLsn);
    for (const firstLsn of this.#frames.keys()) {
      if (this.#bytes + frame.bytes.byteLength <= this.#bytesMax) break;
      this.#delete(firstLsn);
    }
    this.#frames.set(frame.firstLsn, { frame, rows: undefined });
    this.#bytes += frame.bytes.byteLength;
  }

  /** Row accessors of a frame, made once while it is in memory. */
  rowsOf(frame: Frame): FrameRows {
    const cached = this.#frames.get(frame.firstLsn);
    if (cached?.frame !== frame) return new FrameRows(frame);
    cached.rows ??= new FrameRows(frame);
    return cached.rows;
  }

  /** Forgets the frames that begin behind an LSN. */
  truncateAfter(lsn: number): void {
    for (const firstLsn of this.#frames.keys()) if (firstLsn > lsn) this.#delete(firstLsn);
  }

  #delete(firstLsn: number): void {
    const cached = this.#frames.get(firstLsn);
    if (cached === undefined) return;
    this.#frames.delete(firstLsn);
    this.#bytes -= cached.frame.bytes.byteLength;
  }
}
