import { Kind, Outcome } from "../../common/batch/kinds.ts";
import { type Frame, FrameRows, RecordRow } from "../../node/shard/frame.ts";
import type { IssuerState } from "./load-audit.ts";

type IssuerSums = { -readonly [Key in keyof IssuerState]: IssuerState[Key] };

const FINDINGS_MAX = 20;

/**
 * Adds a shard's log up record by record, from its bytes alone: exposure is summed anew from the
 * amounts and compared with the limit in force and with what each record claims.
 * For logs of registrations and reserves.
 */
export class LogAudit {
  /** What is wrong with the log, one sentence each. */
  readonly findings: string[] = [];
  readonly #issuers: { readonly issuerId: string; readonly sums: IssuerSums }[] = [];
  readonly #tokens: Uint8Array;
  #reserves = 0;

  /** @param reservesMax most reserves the log may hold */
  constructor(reservesMax: number) {
    this.#tokens = new Uint8Array(reservesMax * 8);
  }

  /** Reserves found, approved and declined. */
  get reserves(): number {
    return this.#reserves;
  }

  /** Sums by issuer id. */
  get states(): ReadonlyMap<string, IssuerState> {
    return new Map(this.#issuers.map(({ issuerId, sums }) => [issuerId, sums]));
  }

  /** Adds the next frame. */
  add(frame: Frame): void {
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) this.#addRow(rows, rows.rowOffset(row), frame.firstLsn + row);
  }

  /** Tokens that more than one reserve was recorded under. */
  duplicateTokens(): number {
    const halves = new BigUint64Array(
      this.#tokens.buffer,
      0,
      Math.min(this.#reserves, this.#tokens.length >> 3),
    );
    halves.sort();
    let duplicates = 0;
    for (let i = 1; i < halves.length; i++) if (halves[i] === halves[i - 1]) duplicates++;
    return duplicates;
  }

  #addRow(rows: FrameRows, at: number, lsn: number): void {
    const kind = rows.kindAt(at);
    if (kind === Kind.REGISTER_ISSUER) this.#register(rows, at);
    else if (kind === Kind.RESERVE) this.#reserve(rows, at, lsn);
    else if (kind !== Kind.START) this.#find(lsn, `is of kind ${kind}, which nobody asked for`);
  }

  #register(rows: FrameRows, at: number): void {
    const limitMinor = rows.int64At(at, RecordRow.LIMIT_MINOR);
    const sums = { limitMinor, exposureMinor: 0, openCount: 0, settledCount: 0 };
    this.#issuers.push({ issuerId: rows.stringAt(at, RecordRow.DESK), sums });
  }

  #reserve(rows: FrameRows, at: number, lsn: number): void {
    this.#keepToken(rows, at);
    const { sums } = this.#issuers[rows.issuerAt(at)];
    if (rows.decisionAt(at) === Outcome.APPROVED) {
      sums.openCount++;
      sums.exposureMinor += rows.int64At(at, RecordRow.AMOUNT_MINOR);
    }
    if (sums.exposureMinor > sums.limitMinor) this.#find(lsn, "oversells its issuer");
    if (sums.exposureMinor !== rows.int64At(at, RecordRow.EXPOSURE_MINOR))
      this.#find(lsn, `claims another exposure than ${sums.exposureMinor}`);
  }

  /** The second half of a token is what distinguishes those of one load. */
  #keepToken(rows: FrameRows, at: number): void {
    const slot = this.#reserves++ * 8;
    if (slot >= this.#tokens.length) return;
    this.#tokens.set(rows.bytes.subarray(at + RecordRow.TOKEN + 8, at + RecordRow.TOKEN + 16), slot);
  }

  #find(lsn: number, problem: string): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push(`record ${lsn} ${problem}`);
  }
}
