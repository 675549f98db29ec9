import { assert } from "../../common/assert.ts";
import { Kind, Outcome } from "../../common/batch/kinds.ts";
import type { LineageEntry } from "./configuration.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { type Frame, FrameRows, RecordRow } from "./frame.ts";
import { IssuerTable } from "./issuer-table.ts";
import type { LogView } from "./log-view.ts";
import { ReservationTable, State } from "./reservation-table.ts";
import { TokenIndex } from "./token-index.ts";

/** Entries of the expiry queue below which sweeping it is not worth while. */
const SWEEP_EXPIRIES_MIN = 1024;

/**
 * What the committed log of a shard adds up to. A pure function of the frames applied, so that
 * every replica holds the same state at the same LSN; records hold effects, applying decides nothing.
 *
 * Invariants: appliedLsn is the last LSN of an applied frame; the tables reflect every record up
 * to it and none beyond.
 */
export class ShardState {
  readonly issuers = new IssuerTable();
  readonly reservations = new ReservationTable();
  readonly tokens: TokenIndex;
  readonly expiries = new ExpiryQueue();
  #lineage: LineageEntry[] = [];
  #sweepExpiriesAt = SWEEP_EXPIRIES_MIN;
  #appliedLsn = 0;

  /** The key of the token hash: 4 random words, kept with the shard's data. */
  constructor(tokenHashKey: Uint32Array) {
    this.tokens = new TokenIndex(tokenHashKey);
  }

  get appliedLsn(): number {
    return this.#appliedLsn;
  }

  /** Generations whose START record was applied, oldest first. */
  get lineage(): readonly LineageEntry[] {
    return this.#lineage;
  }

  /** Positions a fresh state where its restored tables stand; the tables were filled by the caller. */
  restored(appliedLsn: number, lineage: readonly LineageEntry[]): void {
    this.#appliedLsn = appliedLsn;
    this.#lineage = [...lineage];
  }

  /**
   * Re-reads the tokens younger than the last sealed run, which no checkpoint holds. Frames come in
   * order, from the one that holds the LSN after `tokens.sealedThroughLsn` to the applied one.
   */
  replayTokens(frame: Frame): void {
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) {
      const lsn = frame.firstLsn + row;
      if (lsn > this.tokens.sealedThroughLsn) this.#indexToken(rows, rows.rowOffset(row), lsn);
    }
  }

  /** Finds the expiry times of a restored checkpoint's open reservations in the log. */
  restoreExpiries(log: LogView): void {
    this.reservations.forEachExpiring((lsn) => {
      const frame = log.frameAt(lsn);
      const rows = new FrameRows(frame);
      const at = rows.rowOffset(lsn - frame.firstLsn);
      this.expiries.add(lsn, frame.leaderTimeMs + rows.ttlMsAt(at));
    });
  }

  /** Applies the next committed frame. */
  applyFrame(frame: Frame): void {
    assert(frame.firstLsn === this.#appliedLsn + 1, "frames are applied in order");
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) {
      this.#applyRow(rows, rows.rowOffset(row), frame.firstLsn + row);
    }
    this.#appliedLsn = frame.lastLsn;
  }

  #applyRow(rows: FrameRows, at: number, lsn: number): void {
    const kind = rows.kindAt(at);
    if (kind === Kind.START) {
      this.#lineage.push({ generation: rows.frame.generation, startLsn: lsn });
      return;
    }
    const issuer = rows.issuerAt(at);
    if (kind === Kind.REGISTER_ISSUER) {
      this.issuers.register(
        issuer,
        rows.stringAt(at, RecordRow.DESK),
        rows.stringAt(at, RecordRow.TRADER),
        lsn,
      );
    }
    this.#indexToken(rows, at, lsn);
    if (rows.decisionAt(at) === Outcome.APPROVED) this.#applyEffect(rows, at, lsn, kind, issuer);
    const exposureMinor = rows.int64At(at, RecordRow.EXPOSURE_MINOR);
    this.issuers.advance(issuer, lsn, exposureMinor, rows.int64At(at, RecordRow.LIMIT_MINOR));
  }

  #applyEffect(rows: FrameRows, at: number, lsn: number, kind: number, issuer: number): void {
    if (kind === Kind.RESERVE) {
      const ttlMs = rows.ttlMsAt(at);
      this.reservations.open(lsn, ttlMs > 0);
      this.issuers.countOpen(issuer, 1);
      if (ttlMs > 0) this.#addExpiry(lsn, rows.frame.leaderTimeMs + ttlMs);
      return;
    }
    const reservationLsn = rows.int64At(at, RecordRow.RESERVATION_LSN);
    if (reservationLsn === 0) return;
    const state = STATE_AFTER[kind];
    this.reservations.change(reservationLsn, state, lsn);
    if (state !== State.OPEN) this.issuers.countOpen(issuer, -1);
    if (state === State.SETTLED) this.issuers.countSettled(issuer);
  }

  /** Sweeps at every doubling: a month of settled reservations must not wait for its time in memory. */
  #addExpiry(lsn: number, atMs: number): void {
    if (this.expiries.size >= this.#sweepExpiriesAt) {
      this.expiries.sweep((each) => this.reservations.state(each) === State.OPEN);
      this.#sweepExpiriesAt = Math.max(SWEEP_EXPIRIES_MIN, this.expiries.size * 2);
    }
    this.expiries.add(lsn, atMs);
  }

  #indexToken(rows: FrameRows, at: number, lsn: number): void {
    const kind = rows.kindAt(at);
    if (kind === Kind.START || kind === Kind.EXPIRE) return;
    this.tokens.insert(rows.issuerAt(at), rows.bytes, at + RecordRow.TOKEN, lsn);
  }
}

/** State of a reservation after an approved record of a kind. */
const STATE_AFTER: Record<number, State> = {
  [Kind.RELEASE]: State.RELEASED,
  [Kind.SETTLE]: State.SETTLED,
  [Kind.AMEND]: State.OPEN,
  [Kind.EXPIRE]: State.EXPIRED,
};
