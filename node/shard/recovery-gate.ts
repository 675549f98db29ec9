import { GRANT_MS } from "./grants.ts";

/** Which clause keeps the gate closed; "" while it is open. */
export type GateClause = "" | "no_proof_yet" | "remote_proof" | "remote_apply" | "settling";

/** How far behind the remote may apply what it holds. */
const APPLY_LAG_MS_MAX = 5000;
/** A gate that closed opens again once the proof has been this young … */
const REOPEN_AGE_MS = 1000;
/** … for this long. */
const REOPEN_SETTLE_MS = 1000;

/** Ages in milliseconds; undefined when there was no proof in this generation. */
export type RemoteAges = { readonly proofMs: number | undefined; readonly applyMs: number | undefined };

/**
 * Decides whether new acknowledgements may be given, by how long ago the remote region proved to
 * hold everything committed. Bounds the width of the acknowledged and unreplicated window: grant
 * plus client limit, (3 + 1) s × 1.005 = 4.02 s, below the recovery point objective of 5 s.
 *
 * Closed at the start of a generation until its own first proof. Silence counts as lag; heartbeats
 * prove for an idle shard, and one that proves nothing neither opens nor closes.
 */
export class RecoveryGate {
  #clause: GateClause = "no_proof_yet";
  #freshSinceMs: number | undefined;

  /** Clause that closes the gate at the last evaluation. */
  get clause(): GateClause {
    return this.#clause;
  }

  /** A new generation begins: nothing is proved in it yet. */
  reset(): void {
    this.#clause = "no_proof_yet";
    this.#freshSinceMs = undefined;
  }

  /** Looks at the ages as of now; true when the gate is open. */
  evaluate(nowMs: number, ages: RemoteAges): boolean {
    const violated = violatedClause(ages);
    if (violated !== "") {
      // Before the first proof of a generation there is nothing that could have grown old.
      if (this.#clause !== "no_proof_yet") this.#clause = violated;
      this.#freshSinceMs = undefined;
      return false;
    }
    if (this.#clause === "no_proof_yet") this.#clause = "";
    if (this.#clause !== "") this.#settle(nowMs, ages);
    return this.#clause === "";
  }

  #settle(nowMs: number, ages: RemoteAges): void {
    this.#clause = "settling";
    if ((ages.proofMs ?? Number.POSITIVE_INFINITY) >= REOPEN_AGE_MS) {
      this.#freshSinceMs = undefined;
      return;
    }
    this.#freshSinceMs ??= nowMs;
    if (nowMs - this.#freshSinceMs >= REOPEN_SETTLE_MS) this.#clause = "";
  }
}

function violatedClause({ proofMs, applyMs }: RemoteAges): GateClause {
  if (proofMs === undefined || proofMs >= GRANT_MS) return "remote_proof";
  return applyMs === undefined || applyMs >= APPLY_LAG_MS_MAX ? "remote_apply" : "";
}
