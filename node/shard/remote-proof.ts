/** Heartbeats without an answer that are remembered; older ones prove nothing more. */
const PENDING_MAX = 256;

/**
 * How recently the remote replica proved to hold everything that was committed. The leader notes
 * (send time, commit LSN) with each heartbeat; once the remote is durable up to that LSN, it held
 * everything committed at that time. Steady load never looks like lag, idle shards prove by
 * heartbeats, and silence counts as lag.
 */
export class RemoteProof {
  #pending: { sentMs: number; commitLsn: number }[] = [];
  #provenMs: number | undefined;
  #durableLsn = 0;

  /** Highest LSN durable at the remote. */
  get durableLsn(): number {
    return this.#durableLsn;
  }

  /** A message that carried a commit position left for the remote. */
  noteSent(sentMs: number, commitLsn: number): void {
    if (this.#pending.length < PENDING_MAX) this.#pending.push({ sentMs, commitLsn });
  }

  /** The remote acknowledged durability in answer to a message sent at a time. */
  noteDurable(durableLsn: number, echoedSendMs: number): void {
    this.#durableLsn = Math.max(this.#durableLsn, durableLsn);
    while (this.#pending.length > 0) {
      const { sentMs, commitLsn } = this.#pending[0];
      if (sentMs > echoedSendMs || commitLsn > durableLsn) return;
      this.#provenMs = sentMs;
      this.#pending.shift();
    }
  }

  /** Milliseconds since the newest proof, on the leader's clock; undefined before the first. */
  ageMs(nowMs: number): number | undefined {
    return this.#provenMs === undefined ? undefined : nowMs - this.#provenMs;
  }
}
