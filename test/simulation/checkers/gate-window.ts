import { Violation } from "../violation.ts";

/** Recovery point objective, milliseconds. */
const RPO_MS = 5000;

/**
 * I6 and I14: if the home region were lost at any instant, the acknowledgements lost would span at
 * most the recovery point objective, from the first lost one to the last.
 */
export class GateWindow {
  #remoteDurableLsn = 0;
  /** Acknowledged and not durable at the remote, oldest first. */
  #atRisk: { lsn: number; atMs: number }[] = [];

  /** The remote's disk confirmed everything up to an LSN. */
  onRemoteDurable(lsn: number): void {
    this.#remoteDurableLsn = Math.max(this.#remoteDurableLsn, lsn);
    this.#atRisk = this.#atRisk.filter((acknowledged) => acknowledged.lsn > this.#remoteDurableLsn);
  }

  /** A client accepts a decision at an LSN, replayed or not. */
  onAcknowledged(lsn: number, nowMs: number): void {
    if (lsn <= this.#remoteDurableLsn) return;
    this.#atRisk.push({ lsn, atMs: nowMs });
    const widthMs = nowMs - this.#atRisk[0].atMs;
    if (widthMs <= RPO_MS) return;
    throw new Violation(
      "gate-window",
      `LSN ${lsn} widens the unreplicated window to ${widthMs.toFixed(0)} ms`,
    );
  }
}
