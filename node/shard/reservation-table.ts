/** State of a reservation; numbers of `types.v1.ReservationState`. */
export const State = { NONE: 0, OPEN: 1, RELEASED: 2, SETTLED: 3, EXPIRED: 4 } as const;
export type State = (typeof State)[keyof typeof State];

/** LSNs per chunk; a chunk is the unit of growth and of a checkpoint. */
export const CHUNK_LSNS = 8192;
/** Bytes of a chunk: a u32 distance and a state byte per LSN. */
export const CHUNK_BYTES = CHUNK_LSNS * 5;
/** Bit of the state byte: the reservation has a time to live. */
const HAS_TTL = 0x80;

type Chunk = { readonly bytes: Uint8Array; readonly states: Uint8Array; readonly distances: Uint32Array };

/**
 * Mutable part of the reservations, in columns by the LSN of the creating record: the state, and
 * the distance to the LSN of the record that changed it last (0: never). Everything else of a
 * reservation stays in the log. LSNs that created no reservation hold State.NONE.
 */
export class ReservationTable {
  #chunks = new Map<number, Chunk>();
  #dirty = new Set<number>();

  /** State of the reservation created at an LSN; NONE when that record created none. */
  state(lsn: number): State {
    const chunk = this.#chunks.get(Math.floor(lsn / CHUNK_LSNS));
    return chunk === undefined ? State.NONE : ((chunk.states[lsn % CHUNK_LSNS] & ~HAS_TTL) as State);
  }

  /** LSN of the record that changed the reservation last; the creating one if none did. */
  latestLsn(lsn: number): number {
    const chunk = this.#chunks.get(Math.floor(lsn / CHUNK_LSNS));
    return chunk === undefined ? lsn : lsn + chunk.distances[lsn % CHUNK_LSNS];
  }

  /** Adds an open reservation. */
  open(lsn: number, hasTtl: boolean): void {
    const chunk = this.#chunkForWrite(lsn);
    chunk.states[lsn % CHUNK_LSNS] = hasTtl ? State.OPEN | HAS_TTL : State.OPEN;
    chunk.distances[lsn % CHUNK_LSNS] = 0;
  }

  /** Records the state of a reservation after the record at `latestLsn`. */
  change(lsn: number, state: State, latestLsn: number): void {
    const chunk = this.#chunkForWrite(lsn);
    chunk.states[lsn % CHUNK_LSNS] = state | (chunk.states[lsn % CHUNK_LSNS] & HAS_TTL);
    chunk.distances[lsn % CHUNK_LSNS] = latestLsn - lsn;
  }

  /** Copies of the chunks changed since the last call. */
  takeDirty(): { index: number; bytes: Uint8Array }[] {
    const copies: { index: number; bytes: Uint8Array }[] = [];
    for (const index of this.#dirty) {
      const chunk = this.#chunks.get(index);
      if (chunk !== undefined) copies.push({ index, bytes: chunk.bytes.slice() });
    }
    this.#dirty.clear();
    return copies;
  }

  /** Restores a chunk of a checkpoint; takes the bytes over. */
  restore(index: number, bytes: Uint8Array): void {
    this.#chunks.set(index, chunkOver(alignedBytes(bytes)));
  }

  /** Visits every reservation, in the order of creation. */
  forEach(visit: (lsn: number, state: State, latestLsn: number) => void): void {
    this.#forEachSlot((chunk, slot, lsn) => {
      const state = (chunk.states[slot] & ~HAS_TTL) as State;
      if (state !== State.NONE) visit(lsn, state, lsn + chunk.distances[slot]);
    });
  }

  /** Visits every open reservation that has a time to live. */
  forEachExpiring(visit: (lsn: number) => void): void {
    this.#forEachSlot((chunk, slot, lsn) => {
      if (chunk.states[slot] === (State.OPEN | HAS_TTL)) visit(lsn);
    });
  }

  #forEachSlot(visit: (chunk: Chunk, slot: number, lsn: number) => void): void {
    const inOrder = [...this.#chunks].sort(([a], [b]) => a - b);
    for (const [index, chunk] of inOrder) {
      for (let slot = 0; slot < CHUNK_LSNS; slot++) visit(chunk, slot, index * CHUNK_LSNS + slot);
    }
  }

  #chunkForWrite(lsn: number): Chunk {
    const index = Math.floor(lsn / CHUNK_LSNS);
    this.#dirty.add(index);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = chunkOver(new Uint8Array(CHUNK_BYTES));
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }
}

/** The same bytes as a plain array at an address divisible by 4: a Buffer's slice() would not copy. */
function alignedBytes(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return plain.byteOffset % 4 === 0 ? plain : plain.slice();
}

function chunkOver(bytes: Uint8Array): Chunk {
  const distances = new Uint32Array(bytes.buffer, bytes.byteOffset, CHUNK_LSNS);
  const states = new Uint8Array(bytes.buffer, bytes.byteOffset + CHUNK_LSNS * 4, CHUNK_LSNS);
  return { bytes, states, distances };
}
