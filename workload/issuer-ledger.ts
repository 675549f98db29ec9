import { isBefore, type ShardPosition } from "../client/index.ts";
import { IssuerModel, type IssuerStart, type RecordedDecision, type RuleBreach } from "./issuer-model.ts";

/** Place in an issuer's history before which everything is known once an operation has its answer. */
export interface PendingOperation {
  /** Newest position seen when it was sent: its own will be later. Undefined before the first. */
  readonly after: ShardPosition | undefined;
}

/** Breaches kept: one is too many already. */
const BREACHES_MAX = 100;

/** Decisions kept until those before them are known. */
const UNAPPLIED_MAX = 200_000;

/**
 * The acknowledged history of one issuer. Answers arrive in any order; a decision is applied to the
 * model once no operation under way can still be recorded before it.
 *
 * Sound because an operation that is sent after a position was seen is recorded behind it.
 */
export class IssuerLedger {
  readonly model: IssuerModel;
  /** What broke a rule, in order; the first hundred. */
  readonly breaches: RuleBreach[] = [];
  readonly #pending = new Set<PendingOperation>();
  #unapplied: RecordedDecision[] = [];
  #newest: ShardPosition | undefined;
  #overflown = false;

  constructor(limitMinor: number, start?: IssuerStart) {
    this.model = new IssuerModel(limitMinor, start);
  }

  /** Whether every operation's outcome is known and applied: only then do the model's sums count. */
  get isComplete(): boolean {
    return this.#pending.size === 0 && this.#unapplied.length === 0 && !this.#overflown;
  }

  /** An operation is about to be sent. */
  begin(): PendingOperation {
    const operation = { after: this.#newest };
    this.#pending.add(operation);
    return operation;
  }

  /** Its outcome is known: a decision, or undefined when nothing was recorded. */
  finish(operation: PendingOperation, decision: RecordedDecision | undefined): void {
    this.#pending.delete(operation);
    if (decision !== undefined) this.#add(decision);
    this.#applyKnown();
  }

  #add(decision: RecordedDecision): void {
    if (this.#unapplied.length >= UNAPPLIED_MAX) this.#overflown = true;
    else this.#unapplied.push(decision);
    if (this.#newest === undefined || isBefore(this.#newest, decision.position)) {
      this.#newest = decision.position;
    }
  }

  #applyKnown(): void {
    if (this.#unapplied.length === 0) return;
    const horizon = this.#horizon();
    if (horizon === "nothing") return;
    const isKnown = ({ position }: RecordedDecision): boolean =>
      horizon === "everything" || !isBefore(horizon, position);
    const known = this.#unapplied.filter(isKnown);
    this.#unapplied = this.#unapplied.filter((decision) => !isKnown(decision));
    known.sort((a, b) => (isBefore(a.position, b.position) ? -1 : 1));
    for (const decision of known) {
      const breach = this.model.apply(decision);
      if (breach !== undefined && this.breaches.length < BREACHES_MAX) this.breaches.push(breach);
    }
  }

  /** Position up to which the history has no gaps any more. */
  #horizon(): ShardPosition | "everything" | "nothing" {
    let horizon: ShardPosition | "everything" = "everything";
    for (const { after } of this.#pending) {
      if (after === undefined) return "nothing";
      if (horizon === "everything" || isBefore(after, horizon)) horizon = after;
    }
    return horizon;
  }
}
