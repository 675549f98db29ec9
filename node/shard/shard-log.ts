import { assert } from "../../common/assert.ts";
import { bytesEqual, CHAIN_START } from "./checksums.ts";
import type { LineageEntry } from "./configuration.ts";
import type { Applied, ShardCommand } from "./events.ts";
import { type Frame, frameIncarnation } from "./frame.ts";
import type { LogView } from "./log-view.ts";
import type { ShardState } from "./shard-state.ts";

/**
 * Positions of one shard on this node, and the state that follows them.
 *
 * Invariant: applied ≤ committed ≤ durable ≤ appended. In doubt are the records between committed
 * and appended: never answered, never shown, kept or cut by what the next generation finds.
 */
export class ShardLog {
  readonly view: LogView;
  readonly state: ShardState;
  readonly #emit: (command: ShardCommand) => void;
  #appendedLsn: number;
  #appendedChain: Uint8Array;
  #appendedGeneration: number;
  #durableLsn: number;
  #committedLsn: number;
  #incarnation: Uint8Array | undefined;

  constructor(
    view: LogView,
    state: ShardState,
    tail: { lsn: number; chain: Uint8Array; generation: number },
    emit: (command: ShardCommand) => void,
  ) {
    this.view = view;
    this.state = state;
    this.#emit = emit;
    this.#appendedLsn = tail.lsn;
    this.#appendedChain = tail.chain;
    this.#appendedGeneration = tail.generation;
    this.#durableLsn = tail.lsn;
    this.#committedLsn = state.appliedLsn;
    assert(state.appliedLsn <= tail.lsn, "state is ahead of the log");
    if (tail.lsn > 0) this.#incarnation = frameIncarnation(view.frameAt(tail.lsn).bytes).slice();
  }

  get appendedLsn(): number {
    return this.#appendedLsn;
  }
  get appendedChain(): Uint8Array {
    return this.#appendedChain;
  }
  /** Generation that created the last frame; 0 in an empty log. */
  get appendedGeneration(): number {
    return this.#appendedGeneration;
  }
  get durableLsn(): number {
    return this.#durableLsn;
  }
  get committedLsn(): number {
    return this.#committedLsn;
  }
  /** Life of the shard this log belongs to; undefined while neither log nor configuration said. */
  get incarnation(): Uint8Array | undefined {
    return this.#incarnation;
  }

  /** Takes the incarnation of a configuration; a log of another life refuses to mix. */
  adopt(incarnation: Uint8Array): void {
    if (this.#appendedLsn > 0) {
      assert(
        this.#incarnation !== undefined && bytesEqual(this.#incarnation, incarnation),
        "the log belongs to another life of the shard",
      );
    }
    this.#incarnation = incarnation;
  }

  /** Appends frames that follow on the tail and asks for them to be written. */
  append(frames: readonly Frame[]): void {
    for (const frame of frames) {
      assert(frame.firstLsn === this.#appendedLsn + 1, "LSNs are dense");
      assert(bytesEqual(frame.prevChain, this.#appendedChain), "frames follow the chain");
      this.#appendedLsn = frame.lastLsn;
      this.#appendedChain = frame.chain;
      this.#appendedGeneration = frame.generation;
    }
    this.#emit({ type: "append", frames });
  }

  /** Everything up to an LSN is on stable storage. */
  onDurable(lsn: number): void {
    assert(lsn <= this.#appendedLsn, "durable beyond appended");
    if (lsn > this.#durableLsn) this.#durableLsn = lsn;
  }

  /** Chain value at the durable end, a frame boundary. */
  durableChain(): Uint8Array {
    if (this.#durableLsn === this.#appendedLsn) return this.#appendedChain;
    return this.#durableLsn === 0 ? CHAIN_START : this.view.frameAt(this.#durableLsn).chain;
  }

  /**
   * Generations of the whole log, the records in doubt included: a START that was appended in an
   * earlier run and never committed is part of this log all the same.
   */
  generations(): LineageEntry[] {
    const entries = [...this.state.lineage];
    for (let lsn = this.state.appliedLsn + 1; lsn <= this.#appendedLsn; ) {
      const { generation, firstLsn, lastLsn } = this.view.frameAt(lsn);
      if (generation > (entries.at(-1)?.generation ?? 0)) entries.push({ generation, startLsn: firstLsn });
      lsn = lastLsn + 1;
    }
    return entries;
  }

  /** Moves the commit position forward and applies what it covers; undefined when it is not ahead. */
  commit(lsn: number): Applied | undefined {
    if (lsn <= this.#committedLsn) return undefined;
    assert(lsn <= this.#appendedLsn, "committed beyond appended");
    this.#committedLsn = lsn;
    const firstLsn = this.state.appliedLsn + 1;
    while (this.state.appliedLsn < lsn) {
      const frame = this.view.frameAt(this.state.appliedLsn + 1);
      assert(frame.lastLsn <= lsn, "commit positions lie on frame boundaries");
      this.state.applyFrame(frame);
    }
    return { type: "applied", firstLsn, lastLsn: lsn };
  }

  /** The tail was cut; nothing committed is ever cut. */
  onTruncated(lastLsn: number): void {
    assert(lastLsn >= this.#committedLsn, "a committed record was cut");
    if (lastLsn >= this.#appendedLsn) return;
    this.#appendedLsn = lastLsn;
    this.#durableLsn = Math.min(this.#durableLsn, lastLsn);
    const last = lastLsn === 0 ? undefined : this.view.frameAt(lastLsn);
    assert(last === undefined || last.lastLsn === lastLsn, "logs are cut at frame boundaries");
    this.#appendedChain = last?.chain ?? CHAIN_START;
    this.#appendedGeneration = last?.generation ?? 0;
  }
}
