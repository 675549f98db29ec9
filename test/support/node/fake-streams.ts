import type { StoreError } from "../../../common/errors/store-error.ts";
import type { CallContext } from "../../../common/rpc/call-context.ts";
import type { ClientStream } from "../../../common/rpc/client-stream.ts";
import type { ServerStream } from "../../../common/rpc/handlers.ts";

/** A call's context that says what the test wants. */
export function callContext(
  headers: Readonly<Record<string, string>> = {},
  remainingMs = 5_000,
): CallContext {
  return {
    remainingMs: () => remainingMs,
    peer: "test",
    header: (name) => headers[name],
    signal: new AbortController().signal,
  };
}

/** The sending half of a stream that keeps what was sent; its receiver is as slow as the test says. */
class FakeSink<Out> {
  readonly sent: Out[] = [];
  isPaused = false;
  closed = false;
  outstandingBytes = 0;
  /** While true, writes ask to wait. */
  isSlow = false;
  #release: (() => void) | undefined;

  write(message: Out): boolean {
    if (this.closed) return false;
    this.sent.push(message);
    return !this.isSlow;
  }

  drained(): Promise<void> {
    if (!this.isSlow || this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** The receiver has caught up. */
  catchUp(): void {
    this.isSlow = false;
    this.#release?.();
  }

  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }

  /** Messages sent since the last call. */
  take(): Out[] {
    return this.sent.splice(0);
  }
}

/** The server's end of a stream. */
export class FakeServerStream<Out> extends FakeSink<Out> implements ServerStream<Out> {
  readonly context = callContext();
  endError: unknown;

  end(error?: unknown): void {
    this.closed = true;
    this.endError = error;
  }
}

/** The client's end of a stream. */
export class FakeClientStream<In> extends FakeSink<In> implements ClientStream<In> {
  readonly onCancel: () => void;
  endError: StoreError | undefined;

  constructor(onCancel: () => void = () => {}) {
    super();
    this.onCancel = onCancel;
  }

  end(): void {
    this.closed = true;
  }
  cancel(): void {
    this.closed = true;
    this.onCancel();
  }
}
