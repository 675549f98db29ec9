import { type Decision, StoreError } from "../../../client/index.ts";
import type { Clock } from "../../../common/clock.ts";
import {
  type DecidedOperation,
  type ExposureRead,
  isDecided,
  type Operation,
  type OperationEnd,
  type OperationRequest,
  type RepeatedAnswer,
} from "./operation.ts";

/** An operation whose end is still to be entered. */
export interface OpenOperation extends Operation {
  end: OperationEnd;
  endedMs: number;
}

/**
 * Everything clients did and were told, in the order in which they began.
 * Invariant: an end that is known never changes; later answers to the same token stand in `repeats`.
 */
export class History {
  readonly reads: ExposureRead[] = [];
  readonly repeats: RepeatedAnswer[] = [];
  readonly #clock: Clock;
  readonly #operations: OpenOperation[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Operations with a decision. */
  get decided(): DecidedOperation[] {
    return this.#operations.filter(isDecided);
  }

  /** Operations nobody knows the outcome of. */
  get unknown(): OpenOperation[] {
    return this.#operations.filter(({ end }) => end.type === "unknown");
  }

  /** Monotonic milliseconds, the times of this history. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** A client is about to send a request. */
  begin(request: OperationRequest): OpenOperation {
    const operation: OpenOperation = {
      request,
      invokedMs: this.nowMs(),
      end: { type: "unknown" },
      endedMs: Number.POSITIVE_INFINITY,
    };
    this.#operations.push(operation);
    return operation;
  }

  /** The store answered with a decision. */
  decide(operation: OpenOperation, decision: Decision): void {
    this.#finish(operation, { type: "decided", decision });
  }

  /** The store promised that nothing was recorded. */
  refuse(operation: OpenOperation, error: StoreError): void {
    this.#finish(operation, { type: "refused", error });
  }

  #finish(operation: OpenOperation, end: OperationEnd): void {
    if (operation.end.type !== "unknown") throw new Error(`${operation.request.token} has ended before`);
    operation.end = end;
    operation.endedMs = this.nowMs();
  }
}
