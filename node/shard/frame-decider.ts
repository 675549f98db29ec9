import { assert } from "../../common/assert.ts";
import { readInt64 } from "../../common/batch/int64.ts";
import { Decline, ItemError, Kind, Outcome } from "../../common/batch/kinds.ts";
import { batchString, REQUEST_ROW_BYTES, RequestRow } from "../../common/batch/mutation-batch.ts";
import type { Checksums } from "./checksums.ts";
import { generationOfLsn } from "./configuration.ts";
import {
  FRAME_RECORDS_MAX,
  type Frame,
  FrameRows,
  RECORD_ROW_BYTES,
  type RecordReader,
  RecordRow,
} from "./frame.ts";
import { FrameBuilder, type FrameContext } from "./frame-builder.ts";
import { FrameOverlay, type PendingReservation } from "./frame-overlay.ts";
import { FrameTokens } from "./frame-tokens.ts";
import type { LogView } from "./log-view.ts";
import type { PendingBatch } from "./pending-batch.ts";
import {
  fieldIndex,
  invalidField,
  oversizedField,
  type TokenWindow,
  tokenAge,
  uint16,
} from "../../common/batch/request-check.ts";
import { State } from "./reservation-table.ts";
import type { ShardState } from "./shard-state.ts";

/**
 * Decides mutations row by row and writes the recorded ones into a frame. Decisions see committed
 * state plus the rows of the frame being built; nothing else is in flight.
 *
 * Order of the checks, the first that fails answers: the request itself → issuer → token →
 * target reservation → its state → headroom. What fails before the token leaves it unbound.
 */
export class FrameDecider {
  readonly #shardId: number;
  readonly #state: ShardState;
  readonly #log: LogView;
  readonly #checksums: Checksums;
  readonly #window: TokenWindow;
  readonly #builder = new FrameBuilder();
  readonly #overlay: FrameOverlay;
  readonly #tokens = new FrameTokens();
  /** Whether the disk is too full for anything but what ends something. */
  isDiskFull = false;
  #frameNumber = 0;
  #generation = 0;
  #firstLsn = 0;
  #wallMs = 0;
  /** Record found by the last locate call. */
  #reader: RecordReader = this.#builder;
  #at = 0;
  #memo: FrameRows | undefined;
  /** Token that the matchers below look for. */
  #probeIssuer = 0;
  #probeBytes: Uint8Array = EMPTY;
  #probeOffset = 0;

  constructor(shardId: number, state: ShardState, log: LogView, checksums: Checksums, window: TokenWindow) {
    this.#shardId = shardId;
    this.#state = state;
    this.#log = log;
    this.#checksums = checksums;
    this.#window = window;
    this.#overlay = new FrameOverlay(state);
  }

  /** Number of records in the frame so far. */
  get count(): number {
    return this.#builder.count;
  }

  get isFull(): boolean {
    return this.#builder.isFull;
  }

  /** Starts a frame whose first record will have the given LSN. */
  begin(generation: number, firstLsn: number, wallMs: number, rowsMax: number): void {
    this.#builder.reset();
    this.#overlay.reset();
    this.#tokens.reset(Math.min(rowsMax, FRAME_RECORDS_MAX));
    this.#frameNumber++;
    this.#generation = generation;
    this.#firstLsn = firstLsn;
    this.#wallMs = wallMs;
  }

  /** Ends the frame; undefined when nothing was recorded. */
  finish(context: FrameContext): Frame | undefined {
    return this.#builder.count === 0 ? undefined : this.#builder.finish(context, this.#checksums);
  }

  /** Adds the record that begins a generation. */
  addStart(): void {
    const at = this.#builder.addRow();
    this.#builder.setKind(at, Kind.START, Outcome.APPROVED, Decline.NONE);
    this.#builder.setUint32(at, RecordRow.ISSUER, NO_ISSUER);
  }

  /** Adds the record that ends an open reservation whose time ran out; skips any other. */
  addExpiry(reservationLsn: number): void {
    if (this.#reservationState(reservationLsn) !== State.OPEN) return;
    const before = this.#reservation(reservationLsn);
    this.#locate(reservationLsn);
    const issuer = this.#reader.issuerAt(this.#at);
    const exposureMinor = this.#overlay.exposureMinor(issuer) - before.amountMinor;
    const lsn = this.#firstLsn + this.#builder.count;
    const at = this.#builder.addRow();
    this.#builder.setKind(at, Kind.EXPIRE, Outcome.APPROVED, Decline.NONE);
    this.#writeEffects(at, lsn, issuer, before.amountMinor, exposureMinor, this.#overlay.limitMinor(issuer));
    this.#writeChange(at, lsn, reservationLsn, before, State.EXPIRED, before.amountMinor);
  }

  /** Decides one row of a batch: its result is written, and a record added if there is one. */
  decide(batch: PendingBatch, row: number): void {
    const rowAt = row * REQUEST_ROW_BYTES;
    const field = this.#invalidField(batch, rowAt);
    if (field !== 0) return this.#refuse(batch, row, ItemError.INVALID_REQUEST, field);
    const age = tokenAge(batch.rows, rowAt, this.#wallMs, this.#window);
    if (age === "ahead")
      return this.#refuse(batch, row, ItemError.INVALID_REQUEST, fieldIndex("reservation_token"));
    if (age === "expired") return this.#refuse(batch, row, ItemError.TOKEN_EXPIRED);
    const kind = batch.rows[rowAt + RequestRow.KIND];
    const issuerIndex = uint16(batch.rows, rowAt + RequestRow.ISSUER);
    const issuer = this.#issuerNumber(batch, issuerIndex);
    if (issuer < 0) {
      if (kind !== Kind.REGISTER_ISSUER) return this.#refuse(batch, row, ItemError.ISSUER_NOT_FOUND);
      if (this.isDiskFull) return this.#refuse(batch, row, ItemError.STORAGE_FULL);
      return this.#register(batch, row, rowAt, issuerIndex);
    }
    if (kind === Kind.RESERVE && !this.#currencyFits(batch, rowAt, issuerIndex, issuer)) {
      return this.#refuse(batch, row, ItemError.INVALID_REQUEST, fieldIndex("currency"));
    }
    const hash = this.#state.tokens.hash(issuer, batch.rows, rowAt + RequestRow.TOKEN);
    const recordedLsn = this.#findToken(hash, issuer, batch.rows, rowAt + RequestRow.TOKEN);
    if (recordedLsn !== 0) return this.#replay(batch, row, rowAt, kind, recordedLsn);
    if (this.isDiskFull && !PASSES_FULL_DISK.has(kind))
      return this.#refuse(batch, row, ItemError.STORAGE_FULL);
    switch (kind) {
      case Kind.RESERVE:
        return this.#reserve(batch, row, rowAt, issuer, hash);
      case Kind.RELEASE:
      case Kind.SETTLE:
      case Kind.AMEND:
        return this.#changeReservation(batch, row, rowAt, kind, issuer, hash);
      case Kind.SET_LIMIT:
        return this.#setLimit(batch, row, rowAt, issuer, hash);
      case Kind.TOKEN_FENCE:
        this.#record(batch, row, rowAt, issuer, hash, kind, Decline.FENCED, 0, 0, 0);
        return;
      default:
        return this.#reRegister(batch, row, rowAt, issuerIndex, issuer);
    }
  }

  /** Field at fault in a row, whatever the state is; 0 when none is. */
  #invalidField(batch: PendingBatch, rowAt: number): number {
    const stringCount = batch.request.batch.strings.length;
    const field = invalidField(batch.words, batch.rows, rowAt, batch.request.kindMax, stringCount);
    if (field !== 0) return field;
    const oversized = batch.oversized === undefined ? 0 : oversizedField(batch.rows, rowAt, batch.oversized);
    if (oversized !== 0) return oversized;
    const labels = uint16(batch.rows, rowAt + RequestRow.LABELS);
    return labels === 0 || batch.isLabels(labels) ? 0 : fieldIndex("labels");
  }

  #reserve(batch: PendingBatch, row: number, rowAt: number, issuer: number, hash: number): void {
    const amountMinor = readInt64(batch.words, (rowAt + RequestRow.AMOUNT_MINOR) >> 2);
    const headroomMinor = this.#overlay.limitMinor(issuer) - this.#overlay.exposureMinor(issuer);
    if (amountMinor > headroomMinor) {
      this.#record(batch, row, rowAt, issuer, hash, Kind.RESERVE, Decline.LIMIT_EXCEEDED, amountMinor, 0, 0);
      return;
    }
    const lsn = this.#firstLsn + this.#builder.count;
    this.#record(batch, row, rowAt, issuer, hash, Kind.RESERVE, Decline.NONE, amountMinor, amountMinor, lsn);
  }

  #changeReservation(
    batch: PendingBatch,
    row: number,
    rowAt: number,
    kind: number,
    issuer: number,
    hash: number,
  ): void {
    const reservationLsn = this.#findReservation(issuer, batch.rows, rowAt + RequestRow.TARGET_TOKEN);
    if (reservationLsn === 0) return this.#refuse(batch, row, ItemError.RESERVATION_NOT_FOUND);
    const asked = readInt64(batch.words, (rowAt + RequestRow.AMOUNT_MINOR) >> 2);
    if (this.#reservationState(reservationLsn) !== State.OPEN) {
      this.#record(batch, row, rowAt, issuer, hash, kind, Decline.NOT_OPEN, asked, 0, reservationLsn);
      return;
    }
    const before = this.#reservation(reservationLsn);
    const amountMinor = kind === Kind.AMEND ? asked : before.amountMinor;
    const change =
      kind === Kind.AMEND ? asked - before.amountMinor : kind === Kind.RELEASE ? -before.amountMinor : 0;
    const headroomMinor = this.#overlay.limitMinor(issuer) - this.#overlay.exposureMinor(issuer);
    if (change > 0 && change > headroomMinor) {
      this.#record(batch, row, rowAt, issuer, hash, kind, Decline.LIMIT_EXCEEDED, asked, 0, reservationLsn);
      return;
    }
    const at = this.#record(
      batch,
      row,
      rowAt,
      issuer,
      hash,
      kind,
      Decline.NONE,
      amountMinor,
      change,
      reservationLsn,
    );
    this.#writeChange(
      at,
      this.#firstLsn + this.#builder.count - 1,
      reservationLsn,
      before,
      STATE_AFTER[kind],
      amountMinor,
    );
  }

  #setLimit(batch: PendingBatch, row: number, rowAt: number, issuer: number, hash: number): void {
    const limitMinor = readInt64(batch.words, (rowAt + RequestRow.AMOUNT_MINOR) >> 2);
    this.#record(batch, row, rowAt, issuer, hash, Kind.SET_LIMIT, Decline.NONE, limitMinor, 0, 0, limitMinor);
  }

  #register(batch: PendingBatch, row: number, rowAt: number, issuerIndex: number): void {
    const issuerId = batchString(batch.request.batch, issuerIndex);
    const currency = batchString(batch.request.batch, uint16(batch.rows, rowAt + RequestRow.CURRENCY));
    const issuer = this.#overlay.registerIssuer(issuerId, currency, this.#firstLsn + this.#builder.count);
    const hash = this.#state.tokens.hash(issuer, batch.rows, rowAt + RequestRow.TOKEN);
    const limitMinor = readInt64(batch.words, (rowAt + RequestRow.AMOUNT_MINOR) >> 2);
    this.#overlay.advance(issuer, 0, 0, limitMinor);
    const kind = Kind.REGISTER_ISSUER;
    const at = this.#record(
      batch,
      row,
      rowAt,
      issuer,
      hash,
      kind,
      Decline.NONE,
      limitMinor,
      0,
      0,
      limitMinor,
    );
    this.#builder.setReference(at, RecordRow.DESK, this.#builder.reference(issuerId));
    this.#builder.setReference(at, RecordRow.TRADER, this.#builder.reference(currency));
  }

  /** A registration of a known issuer under a new token: the same contents get the first answer. */
  #reRegister(batch: PendingBatch, row: number, rowAt: number, issuerIndex: number, issuer: number): void {
    const issuerId = batchString(batch.request.batch, issuerIndex);
    const lsn = this.#overlay.registeredLsn(issuerId, issuer);
    this.#locate(lsn);
    if (this.#sameContents(batch, rowAt, Kind.REGISTER_ISSUER)) return this.#replayRecord(batch, row, lsn);
    return this.#refuse(batch, row, ItemError.ISSUER_EXISTS);
  }

  /** The token is recorded: the same request gets the recorded answer, another one is refused. */
  #replay(batch: PendingBatch, row: number, rowAt: number, kind: number, lsn: number): void {
    this.#locate(lsn);
    const isFence = this.#reader.kindAt(this.#at) === Kind.TOKEN_FENCE;
    if (isFence || kind === Kind.TOKEN_FENCE || this.#sameContents(batch, rowAt, kind)) {
      return this.#replayRecord(batch, row, lsn);
    }
    return this.#refuse(batch, row, ItemError.TOKEN_REUSED);
  }

  #replayRecord(batch: PendingBatch, row: number, lsn: number): void {
    this.#locate(lsn);
    const reader = this.#reader;
    const at = this.#at;
    const headroomMinor =
      reader.int64At(at, RecordRow.LIMIT_MINOR) - reader.int64At(at, RecordRow.EXPOSURE_MINOR);
    const reservationLsn = reader.int64At(at, RecordRow.RESERVATION_LSN);
    const outcome = reader.decisionAt(at) as Outcome;
    this.#result(batch, row, outcome, reader.reasonAt(at), true, lsn, headroomMinor, reservationLsn);
  }

  /** Whether the located record holds the same request as a row; moves the reader. */
  #sameContents(batch: PendingBatch, rowAt: number, kind: number): boolean {
    const reader = this.#reader;
    const at = this.#at;
    if (reader.kindAt(at) !== kind) return false;
    const amountMinor = readInt64(batch.words, (rowAt + RequestRow.AMOUNT_MINOR) >> 2);
    const carriesAmount = kind !== Kind.RELEASE && kind !== Kind.SETTLE;
    if (carriesAmount && reader.int64At(at, RecordRow.AMOUNT_MINOR) !== amountMinor) return false;
    const text = (field: number): string =>
      batchString(batch.request.batch, uint16(batch.rows, rowAt + field));
    if (kind === Kind.REGISTER_ISSUER)
      return reader.stringAt(at, RecordRow.TRADER) === text(RequestRow.CURRENCY);
    if (reader.stringAt(at, RecordRow.DESK) !== text(RequestRow.DESK)) return false;
    if (reader.stringAt(at, RecordRow.TRADER) !== text(RequestRow.TRADER)) return false;
    if (reader.labelsAt(at) !== text(RequestRow.LABELS)) return false;
    if (kind === Kind.RESERVE)
      return reader.ttlMsAt(at) === batch.words[(rowAt + RequestRow.TTL_MS) >> 2] >>> 0;
    if (kind === Kind.SET_LIMIT) return true;
    this.#locate(reader.int64At(at, RecordRow.RESERVATION_LSN));
    return tokensEqual(
      this.#reader.bytes,
      this.#at + RecordRow.TOKEN,
      batch.rows,
      rowAt + RequestRow.TARGET_TOKEN,
    );
  }

  /** Adds the record of a decision and writes its result; returns the record's offset. */
  #record(
    batch: PendingBatch,
    row: number,
    rowAt: number,
    issuer: number,
    hash: number,
    kind: number,
    decline: number,
    amountMinor: number,
    exposureChangeMinor: number,
    reservationLsn: number,
    limitMinor = this.#overlay.limitMinor(issuer),
  ): number {
    const builder = this.#builder;
    const recordRow = builder.count;
    const lsn = this.#firstLsn + recordRow;
    const at = builder.addRow();
    const outcome = decline === Decline.NONE ? Outcome.APPROVED : Outcome.DECLINED;
    const exposureMinor = this.#overlay.exposureMinor(issuer) + exposureChangeMinor;
    builder.setToken(at, batch.rows, rowAt + RequestRow.TOKEN);
    builder.setKind(at, kind, outcome, decline);
    builder.setInt64(at, RecordRow.RESERVATION_LSN, reservationLsn);
    builder.setReference(
      at,
      RecordRow.DESK,
      this.#reference(batch, uint16(batch.rows, rowAt + RequestRow.DESK)),
    );
    builder.setReference(
      at,
      RecordRow.TRADER,
      this.#reference(batch, uint16(batch.rows, rowAt + RequestRow.TRADER)),
    );
    builder.setReference(at, RecordRow.REGION, builder.reference(batch.request.region));
    const labels = uint16(batch.rows, rowAt + RequestRow.LABELS);
    if (labels !== 0) builder.setLabels(at, batchString(batch.request.batch, labels));
    if (kind === Kind.RESERVE) {
      builder.setUint32(at, RecordRow.TTL_MS, batch.words[(rowAt + RequestRow.TTL_MS) >> 2]);
      builder.setUint32(at, RecordRow.VERSION, 1);
    }
    this.#writeEffects(at, lsn, issuer, amountMinor, exposureMinor, limitMinor);
    this.#tokens.insert(hash, recordRow);
    this.#result(batch, row, outcome, decline, false, lsn, limitMinor - exposureMinor, reservationLsn);
    return at;
  }

  #writeEffects(
    at: number,
    lsn: number,
    issuer: number,
    amountMinor: number,
    exposureMinor: number,
    limitMinor: number,
  ): void {
    const builder = this.#builder;
    assert(exposureMinor >= 0, "exposure below zero");
    builder.setUint32(at, RecordRow.ISSUER, issuer);
    builder.setInt64(at, RecordRow.AMOUNT_MINOR, amountMinor);
    builder.setInt64(at, RecordRow.EXPOSURE_MINOR, exposureMinor);
    builder.setInt64(at, RecordRow.LIMIT_MINOR, limitMinor);
    builder.setInt64(at, RecordRow.PREVIOUS_LSN, this.#overlay.lastLsn(issuer));
    this.#overlay.advance(issuer, lsn, exposureMinor, limitMinor);
  }

  #writeChange(
    at: number,
    lsn: number,
    reservationLsn: number,
    before: PendingReservation,
    state: State,
    amountMinor: number,
  ): void {
    const version = Math.min(before.version + 1, 0xffffffff);
    this.#builder.setInt64(at, RecordRow.RESERVATION_LSN, reservationLsn);
    this.#builder.setUint32(at, RecordRow.VERSION, version);
    this.#builder.setUint32(at, RecordRow.PREVIOUS_CHANGE, lsn - before.latestLsn);
    this.#overlay.setReservation(reservationLsn, { state, amountMinor, latestLsn: lsn, version });
  }

  #result(
    batch: PendingBatch,
    row: number,
    outcome: Outcome,
    decline: number,
    replayed: boolean,
    lsn: number,
    headroomMinor: number,
    reservationLsn: number,
  ): void {
    if (lsn > batch.lsn) batch.lsn = lsn;
    const generation = this.#generationOf(lsn);
    const reservationGeneration = reservationLsn === 0 ? 0 : this.#generationOf(reservationLsn);
    const { results } = batch;
    results.setDecision(
      row,
      outcome,
      decline,
      replayed,
      this.#shardId,
      generation,
      lsn,
      headroomMinor,
      reservationGeneration,
      reservationLsn,
    );
  }

  #refuse(batch: PendingBatch, row: number, reason: number, field = 0): void {
    batch.results.setError(row, reason, this.#shardId, field);
  }

  #generationOf(lsn: number): number {
    return lsn >= this.#firstLsn ? this.#generation : generationOfLsn(this.#state.lineage, lsn);
  }

  #issuerNumber(batch: PendingBatch, index: number): number {
    const cached = batch.issuers[index];
    if (cached >= 0) return cached;
    const number = this.#overlay.issuerNumber(batchString(batch.request.batch, index));
    if (number >= 0 && number < this.#state.issuers.count) batch.issuers[index] = number;
    return number;
  }

  #currencyFits(batch: PendingBatch, rowAt: number, issuerIndex: number, issuer: number): boolean {
    const index = uint16(batch.rows, rowAt + RequestRow.CURRENCY);
    if (index === 0) return true;
    const issuerId = batchString(batch.request.batch, issuerIndex);
    return batchString(batch.request.batch, index) === this.#overlay.issuerCurrency(issuerId, issuer);
  }

  #reference(batch: PendingBatch, index: number): number {
    if (index === 0) return 0;
    if (batch.referencesFrame !== this.#frameNumber) {
      batch.references.fill(-1);
      batch.referencesFrame = this.#frameNumber;
    }
    if (batch.references[index] < 0) {
      batch.references[index] = this.#builder.reference(batchString(batch.request.batch, index));
    }
    return batch.references[index];
  }

  /** LSN of the approved RESERVE record behind a target token, or 0. */
  #findReservation(issuer: number, bytes: Uint8Array, offset: number): number {
    const hash = this.#state.tokens.hash(issuer, bytes, offset);
    const lsn = this.#findToken(hash, issuer, bytes, offset);
    if (lsn === 0) return 0;
    this.#locate(lsn);
    const isReserve = this.#reader.kindAt(this.#at) === Kind.RESERVE;
    return isReserve && this.#reader.decisionAt(this.#at) === Outcome.APPROVED ? lsn : 0;
  }

  #reservationState(lsn: number): State {
    const pending = this.#overlay.reservation(lsn);
    if (pending !== undefined) return pending.state;
    return lsn >= this.#firstLsn ? State.OPEN : this.#state.reservations.state(lsn);
  }

  /** A reservation as it stands before the row being decided. */
  #reservation(lsn: number): PendingReservation {
    const pending = this.#overlay.reservation(lsn);
    if (pending !== undefined) return pending;
    const latestLsn = lsn >= this.#firstLsn ? lsn : this.#state.reservations.latestLsn(lsn);
    this.#locate(latestLsn);
    return {
      state: this.#reservationState(lsn),
      amountMinor: this.#reader.int64At(this.#at, RecordRow.AMOUNT_MINOR),
      latestLsn,
      version: this.#reader.versionAt(this.#at),
    };
  }

  #findToken(hash: number, issuer: number, bytes: Uint8Array, offset: number): number {
    this.#probeIssuer = issuer;
    this.#probeBytes = bytes;
    this.#probeOffset = offset;
    const row = this.#tokens.find(hash, this.#matchesRow);
    if (row >= 0) return this.#firstLsn + row;
    return this.#state.tokens.find(hash, bytes, offset, this.#matchesLsn);
  }

  readonly #matchesRow = (row: number): boolean => this.#matchesProbe(this.#builder, row * RECORD_ROW_BYTES);

  readonly #matchesLsn = (lsn: number): boolean => {
    this.#locate(lsn);
    return this.#matchesProbe(this.#reader, this.#at);
  };

  #matchesProbe(reader: RecordReader, at: number): boolean {
    if (reader.issuerAt(at) !== this.#probeIssuer) return false;
    return tokensEqual(reader.bytes, at + RecordRow.TOKEN, this.#probeBytes, this.#probeOffset);
  }

  /** Points the reader at the record of an LSN, in the frame being built or in the log. */
  #locate(lsn: number): void {
    if (lsn >= this.#firstLsn) {
      this.#reader = this.#builder;
      this.#at = (lsn - this.#firstLsn) * RECORD_ROW_BYTES;
      return;
    }
    const frame = this.#log.frameAt(lsn);
    if (this.#memo?.frame !== frame) this.#memo = new FrameRows(frame);
    this.#reader = this.#memo;
    this.#at = this.#memo.rowOffset(lsn - frame.firstLsn);
  }
}

const EMPTY = new Uint8Array(0);
/** Issuer number of records that concern none. */
const NO_ISSUER = -1;

/** They end something, or write nothing: the registration of a known issuer is a replay or refused. */
const PASSES_FULL_DISK: ReadonlySet<number> = new Set([
  Kind.RELEASE,
  Kind.SETTLE,
  Kind.TOKEN_FENCE,
  Kind.REGISTER_ISSUER,
]);

const STATE_AFTER: Record<number, State> = {
  [Kind.RELEASE]: State.RELEASED,
  [Kind.SETTLE]: State.SETTLED,
  [Kind.AMEND]: State.OPEN,
};

function tokensEqual(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  for (let i = 15; i >= 0; i--) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}
