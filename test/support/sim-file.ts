/** Size of the unit in which a crash keeps or loses unsynced bytes. */
const SECTOR_BYTES = 512;

/** One change of a file's bytes that is not durable yet. */
type DataChange = {
  readonly id: number;
  readonly kind: "write";
  readonly offset: number;
  readonly bytes: Uint8Array;
};

/** A data change with the lengths of its pieces: the sectors it touches. */
export type UnsyncedData = DataChange & { readonly pieces: readonly number[] };

/** Says how much of one piece of an unsynced change survives a crash: 0 … its length. */
export type DataChoice = (change: UnsyncedData, piece: number) => number;

/** The bytes of a file as a program sees them, as the disk has them, and what lies between. */
export class SimInode {
  readonly visible = new SimBytes();
  readonly durable = new SimBytes();
  pending: DataChange[] = [];

  write(id: number, bytes: Uint8Array, offset: number): void {
    this.visible.write(bytes, offset);
    this.pending.push({ id, kind: "write", offset, bytes: bytes.slice() });
  }

  sync(): void {
    for (const { bytes, offset } of this.pending) this.durable.write(bytes, offset);
    this.pending = [];
  }

  /** A failed flush: the changes count as clean from now on and never reach the disk. */
  drop(): void {
    this.pending = [];
  }

  unsynced(): UnsyncedData[] {
    return this.pending.map((change) => ({ ...change, pieces: piecesOf(change) }));
  }

  /** The file after a crash in which some bytes of some changes came to disk. */
  afterCrash(choice: DataChoice): SimInode {
    const survivor = new SimInode();
    survivor.durable.copyFrom(this.durable);
    for (const change of this.unsynced()) applyPartly(survivor.durable, change, choice);
    survivor.visible.copyFrom(survivor.durable);
    return survivor;
  }
}

function piecesOf(change: DataChange): number[] {
  const lengths: number[] = [];
  const end = change.offset + change.bytes.byteLength;
  for (let at = change.offset; at < end; ) {
    const next = Math.min(end, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
    lengths.push(next - at);
    at = next;
  }
  return lengths;
}

function applyPartly(target: SimBytes, change: UnsyncedData, choice: DataChoice): void {
  let done = 0;
  for (const [piece, length] of change.pieces.entries()) {
    const kept = choice(change, piece);
    if (kept > 0) target.write(change.bytes.subarray(done, done + kept), change.offset + done);
    done += length;
  }
}

/** Bytes that grow; what was never written reads as zero. Copies share their bytes until one changes. */
class SimBytes {
  sizeBytes = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #isShared = false;

  write(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.byteLength;
    this.#own(end);
    this.#bytes.set(bytes, offset);
    this.sizeBytes = Math.max(this.sizeBytes, end);
  }

  flip(offset: number, mask: number): void {
    this.#own(this.sizeBytes);
    this.#bytes[offset] ^= mask;
  }

  read(target: Uint8Array, offset: number): number {
    const end = Math.min(offset + target.byteLength, this.sizeBytes);
    if (end <= offset) return 0;
    target.set(this.#bytes.subarray(offset, end));
    return end - offset;
  }

  copyFrom(other: SimBytes): void {
    this.#bytes = other.#bytes;
    this.sizeBytes = other.sizeBytes;
    this.#isShared = true;
    other.#isShared = true;
  }

  /** Makes sure that the bytes are this copy's own and reach to an offset. */
  #own(sizeBytes: number): void {
    const capacity = this.#bytes.byteLength;
    if (!this.#isShared && sizeBytes <= capacity) return;
    const own = new Uint8Array(sizeBytes <= capacity ? capacity : Math.max(sizeBytes, capacity * 2));
    own.set(this.#bytes);
    this.#bytes = own;
    this.#isShared = false;
  }
}
