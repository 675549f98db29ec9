import { Decline, Kind, Outcome } from "../../../common/batch/kinds.ts";
import { type Frame, FrameRows, RecordRow } from "../../../node/shard/frame.ts";
import { Violation } from "../violation.ts";

type Issuer = { exposureMinor: number; limitMinor: number };
type Held = { issuer: number; amountMinor: number; isOpen: boolean };

const NAME = "exposure-within-limit";

/**
 * I9: at every LSN, exposure = Σ amounts of OPEN and SETTLED reservations, and no approval exceeds
 * the limit in force. A naive ledger of its own, fed with one replica's applied frames.
 */
export class ExposureWithinLimit {
  readonly #issuers = new Map<number, Issuer>();
  readonly #reservations = new Map<number, Held>();
  #nextLsn = 1;

  /** A replica applied a frame; called once per frame, in order. */
  onApplied(frame: Frame): void {
    if (frame.firstLsn !== this.#nextLsn) throw new Violation(NAME, `gap before LSN ${frame.firstLsn}`);
    this.#nextLsn = frame.lastLsn + 1;
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) this.#check(rows, rows.rowOffset(row), frame.firstLsn + row);
  }

  #check(rows: FrameRows, at: number, lsn: number): void {
    const kind = rows.kindAt(at);
    if (kind === Kind.START) return;
    const issuer = this.#issuers.get(rows.issuerAt(at)) ?? { exposureMinor: 0, limitMinor: 0 };
    this.#issuers.set(rows.issuerAt(at), issuer);
    const before = issuer.exposureMinor;
    if (rows.decisionAt(at) === Outcome.APPROVED) this.#applyEffect(rows, at, lsn, issuer);
    const grew = issuer.exposureMinor > before;
    if (grew && issuer.exposureMinor > issuer.limitMinor) {
      throw new Violation(
        NAME,
        `LSN ${lsn} raises exposure to ${issuer.exposureMinor} over ${issuer.limitMinor}`,
      );
    }
    const recorded = rows.int64At(at, RecordRow.EXPOSURE_MINOR);
    if (recorded !== issuer.exposureMinor) {
      throw new Violation(NAME, `LSN ${lsn} says exposure ${recorded}, the ledger ${issuer.exposureMinor}`);
    }
    const isWronglyDeclined = rows.reasonAt(at) === Decline.LIMIT_EXCEEDED && kind === Kind.RESERVE;
    if (isWronglyDeclined && before + rows.int64At(at, RecordRow.AMOUNT_MINOR) <= issuer.limitMinor) {
      throw new Violation(NAME, `LSN ${lsn} declines although there was headroom`);
    }
  }

  #applyEffect(rows: FrameRows, at: number, lsn: number, issuer: Issuer): void {
    const kind = rows.kindAt(at);
    const amountMinor = rows.int64At(at, RecordRow.AMOUNT_MINOR);
    if (kind === Kind.REGISTER_ISSUER || kind === Kind.SET_LIMIT) issuer.limitMinor = amountMinor;
    else if (kind === Kind.RESERVE) {
      issuer.exposureMinor += amountMinor;
      this.#reservations.set(lsn, { issuer: rows.issuerAt(at), amountMinor, isOpen: true });
    } else this.#applyChange(kind, rows.int64At(at, RecordRow.RESERVATION_LSN), amountMinor, issuer, lsn);
  }

  #applyChange(kind: number, reservationLsn: number, amountMinor: number, issuer: Issuer, lsn: number): void {
    const held = this.#reservations.get(reservationLsn);
    if (held === undefined || !held.isOpen) throw new Violation(NAME, `LSN ${lsn} changes what is not open`);
    if (kind === Kind.AMEND) issuer.exposureMinor += amountMinor - held.amountMinor;
    else if (kind !== Kind.SETTLE) issuer.exposureMinor -= held.amountMinor;
    held.isOpen = kind === Kind.AMEND;
    held.amountMinor = amountMinor;
  }
}
