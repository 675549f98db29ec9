import { Violation } from "../violation.ts";

/**
 * I3: a recorded decision leaves only after its record is on stable storage at every member of
 * the ack set of its generation.
 */
export class AcknowledgedIsDurable {
  /** Durable end of each node's log, as its disk last confirmed it. */
  readonly #durableLsn = new Map<string, number>();

  onDurable(nodeId: string, lsn: number): void {
    this.#durableLsn.set(nodeId, lsn);
  }

  /** A leader answers with records up to an LSN. */
  onAcknowledged(ackSet: readonly string[], lsn: number): void {
    for (const nodeId of ackSet) {
      const durableLsn = this.#durableLsn.get(nodeId) ?? 0;
      if (durableLsn < lsn) {
        throw new Violation(
          "acknowledged-is-durable",
          `LSN ${lsn} was answered, ${nodeId} holds ${durableLsn}`,
        );
      }
    }
  }
}
