import type { Socket } from "node:net";
import type { Clock } from "../../common/clock.ts";
import { DelayLine, type LinkShape } from "./delay-line.ts";

/** What may be under way in one direction of one connection: 45 ms at 700 MB/s. */
const HELD_BYTES_MAX = 32 << 20;

/** What happens to one direction of a link right now; shared by all connections over it. */
export interface Direction {
  shape: LinkShape;
  /** open: bytes move. stalled: they wait. cut: they are lost, and with them the connection. */
  state: "open" | "stalled" | "cut";
}

/** Carries the bytes of one direction of one connection from a socket to the other. */
export class WanPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #clock: Clock;
  readonly #line = new DelayLine();
  #timer: NodeJS.Timeout | undefined;
  #lost = false;

  constructor(from: Socket, to: Socket, direction: Direction, clock: Clock) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#clock = clock;
    from.on("data", (bytes: Buffer) => this.#enter(bytes));
    from.on("end", () => this.#enter(undefined));
    to.on("drain", () => this.#deliver());
  }

  /** True when bytes were lost to a cut: the connection cannot go on. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Goes on after the direction was opened again. */
  resume(): void {
    this.#deliver();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #enter(bytes: Uint8Array | undefined): void {
    if (this.#direction.state === "cut") {
      this.#lost = true;
      return;
    }
    this.#line.push(bytes, this.#clock.monotonicMs(), this.#direction.shape);
    if (this.#line.heldBytes > HELD_BYTES_MAX) this.#from.pause();
    this.#arm();
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#direction.state === "cut") this.#lost ||= this.#line.nextDueMs !== undefined;
    if (this.#direction.state !== "open") return;
    const nowMs = this.#clock.monotonicMs();
    while (!this.#to.writableNeedDrain) {
      const piece = this.#line.take(nowMs);
      if (piece === undefined) break;
      if (piece.bytes === undefined) this.#to.end();
      else this.#to.write(piece.bytes);
    }
    if (this.#line.heldBytes <= HELD_BYTES_MAX) this.#from.resume();
    if (!this.#to.writableNeedDrain) this.#arm();
  }

  #arm(): void {
    const dueMs = this.#line.nextDueMs;
    if (dueMs === undefined || this.#timer !== undefined || this.#to.writableNeedDrain) return;
    // Rounded up: a timer that fires a fraction early would only be set again.
    const waitMs = Math.max(0, Math.ceil(dueMs - this.#clock.monotonicMs()));
    this.#timer = setTimeout(() => this.#deliver(), waitMs);
  }
}
