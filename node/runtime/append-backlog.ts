/** Starts an append that there is room for. */
type Start = () => void;

type Waiting = { readonly shardId: number; readonly bytes: number; readonly start: Start };

/**
 * Appends that wait for room in the lanes, in the order they came. What may wait is bounded by the
 * engines: one frame of each shard this node leads, and a leader's window of each shard it follows.
 */
export class AppendBacklog {
  readonly #hasRoom: (shardId: number, bytes: number) => boolean;
  #waiting: Waiting[] = [];

  /** @param hasRoom whether a shard's lane takes so many bytes now */
  constructor(hasRoom: (shardId: number, bytes: number) => boolean) {
    this.#hasRoom = hasRoom;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Starts an append now, or when those before it have started and its lane has room. */
  add(shardId: number, bytes: number, start: Start): void {
    if (this.isEmpty && this.#hasRoom(shardId, bytes)) start();
    else this.#waiting.push({ shardId, bytes, start });
  }

  /** A lane has finished something. */
  onRoom(): void {
    let started = 0;
    for (const { shardId, bytes, start } of this.#waiting) {
      if (!this.#hasRoom(shardId, bytes)) break;
      start();
      started++;
    }
    if (started > 0) this.#waiting = this.#waiting.slice(started);
  }
}
