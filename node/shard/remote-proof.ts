/** Heartbeats without an answer that are remembered; older ones prove nothing more. */
const PENDING_MAX = 256;

type Sent = { readonly sentMs: number; readonly commitLsn: number };

/**
 * How recently the remote replica proved to hold everything that was committed. The leader notes
 * (send time, commit LSN) with each message; once the remote has reached that LSN, it held
 * everything committed at that time. Steady load never looks like lag, idle shards prove by
 * heartbeats, and silence counts as lag. Kept twice: for what is durable there, and for what is applied.
 */
export class RemoteProof {
  #durablePending: Sent[] = [];
  #appliedPending: Sent[] = [];
  #durableMs: number | undefined;
  #appliedMs: number | undefined;
  #durableLsn = 0;

  /** Highest LSN durable at the remote. */
  get durableLsn(): number {
    return this.#durableLsn;
  }

  /** A message that carried a commit position left for the remote. */
  noteSent(sentMs: number, commitLsn: number): void {
    const sent = { sentMs, commitLsn };
    if (this.#durablePending.length < PENDING_MAX) this.#durablePending.push(sent);
    if (this.#appliedPending.length < PENDING_MAX) this.#appliedPending.push(sent);
  }

  /** The remote reported its positions in answer to a message sent at a time. */
  noteAcked(durableLsn: number, appliedLsn: number, echoedSendMs: number): void {
    this.#durableLsn = Math.max(this.#durableLsn, durableLsn);
    this.#durableMs = provenMs(this.#durablePending, durableLsn, echoedSendMs) ?? this.#durableMs;
    this.#appliedMs = provenMs(this.#appliedPending, appliedLsn, echoedSendMs) ?? this.#appliedMs;
  }

  /** Milliseconds since the newest proof of durability, on the leader's clock; undefined before the first. */
  ageMs(nowMs: number): number | undefined {
    return this.#durableMs === undefined ? undefined : nowMs - this.#durableMs;
  }

  /** The same for what the remote has applied. */
  applyAgeMs(nowMs: number): number | undefined {
    return this.#appliedMs === undefined ? undefined : nowMs - this.#appliedMs;
  }

  /** Forgets the proofs, not the position: the clock they were measured with cannot be trusted. */
  dropProofs(): void {
    this.#durablePending = [];
    this.#appliedPending = [];
    this.#durableMs = undefined;
    this.#appliedMs = undefined;
  }
}

/** Send time of the newest pending message whose commit LSN was reached; takes the proved ones out. */
function provenMs(pending: Sent[], reachedLsn: number, echoedSendMs: number): number | undefined {
  let proved: number | undefined;
  while (pending.length > 0 && pending[0].sentMs <= echoedSendMs && pending[0].commitLsn <= reachedLsn) {
    proved = pending[0].sentMs;
    pending.shift();
  }
  return proved;
}
