import { StoreError } from "../common/errors/store-error.ts";
import type { Deadline } from "./deadline.ts";

/** Bounds of one window. */
export interface SendWindowLimits {
  readonly rowsInFlightMax: number;
  readonly batchesInFlightMax: number;
}

/** Batches that wait for room, whatever their size. */
const WAITERS_MAX = 1024;

interface Waiter {
  readonly rows: number;
  readonly enter: () => void;
}

/**
 * What one router has been sent and has not answered: rows and batches, both bounded. Who finds no
 * room waits in line, up to its deadline.
 * Invariants: nobody enters past somebody who waits; a batch larger than the window enters alone.
 */
export class SendWindow {
  readonly #limits: SendWindowLimits;
  readonly #onRoom: () => void;
  readonly #waiters: Waiter[] = [];
  #rows = 0;
  #batches = 0;

  /** @param onRoom told after somebody left and everybody who waited in line was served */
  constructor(limits: SendWindowLimits, onRoom: () => void) {
    this.#limits = limits;
    this.#onRoom = onRoom;
  }

  /** Rows that would find room now. */
  get roomRows(): number {
    if (this.#waiters.length > 0 || this.#batches >= this.#limits.batchesInFlightMax) return 0;
    return Math.max(0, this.#limits.rowsInFlightMax - this.#rows);
  }

  /** Takes room that {@link roomRows} has shown. */
  take(rows: number): void {
    this.#rows += rows;
    this.#batches++;
  }

  /** Waits in line for room; OVERLOADED when the deadline comes first or the line is too long. */
  async enter(rows: number, deadline: Deadline): Promise<void> {
    if (this.#waiters.length === 0 && this.#fits(rows)) {
      this.take(rows);
      return;
    }
    if (this.#waiters.length >= WAITERS_MAX) throw overloaded();
    await this.#waitInLine(rows, deadline);
  }

  /** Gives room back. */
  leave(rows: number): void {
    this.#rows -= rows;
    this.#batches--;
    this.#admit();
    this.#onRoom();
  }

  #fits(rows: number): boolean {
    if (this.#batches >= this.#limits.batchesInFlightMax) return false;
    return this.#rows === 0 || this.#rows + rows <= this.#limits.rowsInFlightMax;
  }

  #admit(): void {
    for (
      let first = this.#waiters[0];
      first !== undefined && this.#fits(first.rows);
      first = this.#waiters[0]
    ) {
      this.#waiters.shift();
      this.take(first.rows);
      first.enter();
    }
  }

  #waitInLine(rows: number, deadline: Deadline): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { rows, enter: () => settle(resolve) };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        settle(() => reject(overloaded()));
        this.#admit();
      }, deadline.remainingMs());
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        how();
      };
      this.#waiters.push(waiter);
    });
  }
}

function overloaded(): StoreError {
  return new StoreError("OVERLOADED", { message: "too much is in flight to the router already" });
}
