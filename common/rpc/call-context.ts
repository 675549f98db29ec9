import type { Metadata } from "@grpc/grpc-js";
import type { Clock } from "../clock.ts";

/** What a handler may know about the call it answers, whatever transport brought it. */
export interface CallContext {
  /** Milliseconds the caller will still wait; Infinity when it set no deadline. */
  remainingMs(): number;
  /** Address of the caller, for logs. */
  readonly peer: string;
  /** First value of a request header; undefined when it was not sent or is binary. */
  header(name: string): string | undefined;
  /** Aborted when the caller went away, its deadline passed or the call ended. */
  readonly signal: AbortSignal;
}

/** The members that all kinds of server calls of the gRPC library share. */
export interface GrpcServerCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  getPeer(): string;
}

/** Context of a gRPC call. The abort signal is made only if somebody asks: most calls never do. */
export class GrpcCallContext implements CallContext {
  readonly #call: GrpcServerCall;
  readonly #clock: Clock;
  readonly #deadlineMonotonicMs: number;
  #abort: AbortController | undefined;
  #closed = false;

  constructor(call: GrpcServerCall, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    // The library hands out a wall time; from here on only the monotonic clock counts.
    this.#deadlineMonotonicMs = clock.monotonicMs() + (Number(call.getDeadline()) - Date.now());
  }

  remainingMs(): number {
    return Math.max(0, this.#deadlineMonotonicMs - this.#clock.monotonicMs());
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  header(name: string): string | undefined {
    const value = this.#call.metadata.get(name)[0];
    return typeof value === "string" ? value : undefined;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#closed) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Marks the call as over. */
  close(): void {
    this.#closed = true;
    this.#abort?.abort();
  }
}
