import { setTimeout as sleep } from "node:timers/promises";
import { type Decision, isSamePosition, StoreError } from "../client/index.ts";
import type { RecordedDecision } from "./issuer-model.ts";
import type { PlannedOperation } from "./traffic.ts";
import type { IssuerBooks, WorkloadBooks } from "./workload-books.ts";
import { requestOf, type WorkloadClient, type WorkloadRequest } from "./workload-request.ts";

/** Pause before an outcome that is still unknown is asked for again with the same token. */
const UNKNOWN_PAUSE_MS = 500;

/** Carries planned operations out and enters what comes back into the books. */
export class OperationRunner {
  readonly #books: WorkloadBooks;
  readonly #client: WorkloadClient;
  readonly #otherClient: WorkloadClient;
  readonly #abandoned: AbortSignal;

  /**
   * @param client router of the operation's region
   * @param otherClient router through which repetitions go
   * @param abandoned once aborted, unknown outcomes are no longer asked for
   */
  constructor(
    books: WorkloadBooks,
    client: WorkloadClient,
    otherClient: WorkloadClient,
    abandoned: AbortSignal,
  ) {
    this.#books = books;
    this.#client = client;
    this.#otherClient = otherClient;
    this.#abandoned = abandoned;
  }

  /** Carries one operation out. @param onDecided told as soon as there is a decision */
  async run(planned: PlannedOperation, onDecided: () => void): Promise<void> {
    const books = this.#books.issuer(planned.issuer.issuerId);
    const request = requestOf(planned, books);
    const pending = books.ledger.begin();
    const decision = await this.#untilKnown(request);
    // An operation whose outcome stays unknown stays pending, and the audit will say so.
    if (decision === "unknown") return;
    books.ledger.finish(pending, decision && recordOf(request, decision));
    if (decision === undefined) return;
    onDecided();
    this.#count(request, decision, books);
    if (planned.repeats) await this.#repeat(books, request, decision);
  }

  /** The decision; undefined when none was made, "unknown" when that could not be found out. */
  async #untilKnown(request: WorkloadRequest): Promise<Decision | undefined | "unknown"> {
    // Once an attempt is in doubt, a later one that was refused says nothing of it.
    let isInDoubt = false;
    for (;;) {
      try {
        return await request.send(this.#client);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#books.countError(error.reason);
        isInDoubt ||= error.row.outcome === "UNKNOWN";
        if (!isInDoubt) return undefined;
        if (this.#abandoned.aborted) return "unknown";
        await sleep(UNKNOWN_PAUSE_MS);
      }
    }
  }

  #count({ record }: WorkloadRequest, { decision }: Decision, { pool }: IssuerBooks): void {
    if (decision === "APPROVED") this.#books.approved++;
    else this.#books.declined++;
    if (record.kind === "reserve" && decision === "APPROVED") pool.add(record.token);
  }

  /** A client that missed its answer asks again, through the other region: it must get the same one. */
  async #repeat({ issuer }: IssuerBooks, request: WorkloadRequest, first: Decision): Promise<void> {
    try {
      const again = await request.send(this.#otherClient);
      const isSamePlace = isSamePosition(again.label.position, first.label.position);
      if (again.decision === first.decision && isSamePlace) return;
      this.#books.conflicts.push({ issuerId: issuer.issuerId, token: request.record.token });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#books.countError(error.reason);
    }
  }
}

function recordOf({ record }: WorkloadRequest, decision: Decision): RecordedDecision {
  return {
    ...record,
    approved: decision.decision === "APPROVED",
    declineReason: decision.decision === "DECLINED" ? decision.reason : "",
    position: decision.label.position,
  };
}
