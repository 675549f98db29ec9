import type { DescMethod } from "@bufbuild/protobuf";
import { InvariantViolation } from "../assert.ts";
import type { Clock } from "../clock.ts";
import { GrpcCode, type GrpcCodeName, grpcCodeName } from "../errors/grpc-code.ts";
import { type RpcStatus, statusFromError } from "../errors/grpc-status.ts";
import type { Log } from "../log/log.ts";
import { GrpcCallContext, type GrpcServerCall } from "./call-context.ts";
import type { CallObserver } from "./call-observer.ts";

/** What every call needs from its server. */
export interface CallEnvironment {
  readonly log: Log;
  readonly clock: Clock;
  readonly observer: CallObserver;
}

/**
 * One call being answered: its context, and the report of how it ended.
 * Invariant: the observer hears of it exactly once.
 */
export class ServerCall {
  readonly context: GrpcCallContext;
  readonly #method: DescMethod;
  readonly #environment: CallEnvironment;
  readonly #startMs: number;
  #finished = false;

  constructor(call: GrpcServerCall, method: DescMethod, environment: CallEnvironment) {
    this.context = new GrpcCallContext(call, environment.clock);
    this.#method = method;
    this.#environment = environment;
    this.#startMs = environment.clock.monotonicMs();
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** The answer was handed to the transport. */
  succeed(): void {
    this.#finish("OK");
  }

  /** The handler failed. @returns the status to send */
  fail(error: unknown): RpcStatus {
    const status = statusFromError(error);
    if (status.code === GrpcCode.INTERNAL) this.#reportUnexpected(error);
    this.#finish(grpcCodeName(status.code));
    return status;
  }

  /** The caller went away, or its deadline passed. */
  cancel(): void {
    this.#finish(this.context.remainingMs() > 0 ? "CANCELLED" : "DEADLINE_EXCEEDED");
  }

  #finish(code: GrpcCodeName): void {
    if (this.#finished) return;
    this.#finished = true;
    const { clock, observer } = this.#environment;
    observer.callHandled(this.#method, code, (clock.monotonicMs() - this.#startMs) / 1000);
    this.context.close();
  }

  #reportUnexpected(error: unknown): void {
    this.#environment.log.error("rpc_handler_failed", {
      method: `${this.#method.parent.typeName}/${this.#method.name}`,
      code: grpcCodeName(GrpcCode.INTERNAL),
      error,
    });
    // A broken invariant must reach the process's fatal handler, not end as one caller's bad answer.
    if (error instanceof InvariantViolation) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
