import assert from "node:assert/strict";
import { Kind, Outcome } from "../../../common/batch/kinds.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import { type Frame, FrameRows, RecordRow } from "../../../node/shard/frame.ts";

type Audited = { issuer: number; amountMinor: number; isActive: boolean; latestLsn: number; version: number };

/**
 * Reads a log from its first record and checks of every record what must hold at its LSN: chains,
 * dense LSNs, the issuer's exposure = Σ of its active reservations, and within the limit whenever
 * an approval added to it.
 */
export function auditLog(frames: readonly Frame[]): void {
  const audit = new LogAudit();
  for (const frame of frames) audit.read(frame);
}

class LogAudit {
  readonly #reservations = new Map<number, Audited>();
  readonly #byIssuer = new Map<number, Audited[]>();
  readonly #exposures = new Map<number, number>();
  readonly #limits = new Map<number, number>();
  readonly #lastLsns = new Map<number, number>();
  #lsn = 0;
  #chain: Uint8Array = CHAIN_START;

  read(frame: Frame): void {
    assert.equal(frame.firstLsn, this.#lsn + 1);
    assert.deepEqual(Uint8Array.from(frame.prevChain), Uint8Array.from(this.#chain));
    this.#chain = frame.chain;
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) this.#readRow(rows, rows.rowOffset(row));
  }

  #readRow(rows: FrameRows, at: number): void {
    const lsn = ++this.#lsn;
    const kind = rows.kindAt(at);
    if (kind === Kind.START) return;
    const issuer = rows.issuerAt(at);
    assert.equal(
      rows.int64At(at, RecordRow.PREVIOUS_LSN),
      this.#lastLsns.get(issuer) ?? 0,
      `previous of ${lsn}`,
    );
    this.#lastLsns.set(issuer, lsn);
    const before = this.#exposures.get(issuer) ?? 0;
    if (rows.decisionAt(at) === Outcome.APPROVED) this.#applyEffect(rows, at, kind, lsn);
    const exposure = rows.int64At(at, RecordRow.EXPOSURE_MINOR);
    assert.equal(exposure, this.#activeSum(issuer), `exposure at ${lsn}`);
    const limit = rows.int64At(at, RecordRow.LIMIT_MINOR);
    assert.equal(limit, this.#limits.get(issuer), `limit at ${lsn}`);
    if (exposure > before) assert.ok(exposure <= limit, `oversold at ${lsn}`);
    this.#exposures.set(issuer, exposure);
  }

  #applyEffect(rows: FrameRows, at: number, kind: number, lsn: number): void {
    const issuer = rows.issuerAt(at);
    const amountMinor = rows.int64At(at, RecordRow.AMOUNT_MINOR);
    if (kind === Kind.REGISTER_ISSUER || kind === Kind.SET_LIMIT) {
      this.#limits.set(issuer, amountMinor);
      return;
    }
    const reservationLsn = rows.int64At(at, RecordRow.RESERVATION_LSN);
    if (kind === Kind.RESERVE) {
      assert.equal(reservationLsn, lsn);
      this.#open(lsn, { issuer, amountMinor, isActive: true, latestLsn: lsn, version: 1 });
      return;
    }
    const reservation = this.#reservations.get(reservationLsn);
    assert.ok(reservation?.isActive && reservation.issuer === issuer, `reservation of ${lsn}`);
    assert.equal(rows.previousChangeAt(at), lsn - reservation.latestLsn, `previous change of ${lsn}`);
    assert.equal(rows.versionAt(at), ++reservation.version, `version at ${lsn}`);
    if (kind !== Kind.AMEND) assert.equal(amountMinor, reservation.amountMinor, `amount at ${lsn}`);
    reservation.latestLsn = lsn;
    reservation.amountMinor = amountMinor;
    reservation.isActive = kind === Kind.AMEND || kind === Kind.SETTLE;
  }

  #open(lsn: number, reservation: Audited): void {
    this.#reservations.set(lsn, reservation);
    const others = this.#byIssuer.get(reservation.issuer);
    if (others === undefined) this.#byIssuer.set(reservation.issuer, [reservation]);
    else others.push(reservation);
  }

  #activeSum(issuer: number): number {
    const active = this.#byIssuer.get(issuer)?.filter(({ isActive }) => isActive) ?? [];
    return active.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  }
}
