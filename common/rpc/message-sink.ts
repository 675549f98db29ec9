import type { Writable } from "node:stream";
import { asBuffer, type Codec } from "./codec.ts";

/** The sending half of a stream. The library buffers without limit, so the bytes are counted here. */
export interface MessageSink<T> {
  /**
   * Sends a message. It is taken whenever the stream is open, so nothing has to be sent twice.
   * @returns whether to go on; on false wait for {@link drained} before producing more
   */
  write(message: T): boolean;
  /** Resolves when the waiting bytes are below the pause mark, or the stream is over. */
  drained(): Promise<void>;
  /** Bytes taken and not yet handed to the network. */
  readonly outstandingBytes: number;
  /** True when the stream is over; writes are then dropped. */
  readonly closed: boolean;
}

/** How many bytes may wait for a slow receiver. */
export interface SinkLimits {
  /** `write` answers false above this. */
  readonly pauseAboveBytes: number;
  /** The stream is failed with OVERLOADED above this: the producer ignored the pause. */
  readonly failAboveBytes: number;
}

/** 8 MiB keep a link busy through any pause of the event loop; whoever goes on regardless is cut off at 64 MiB. */
export const DEFAULT_SINK_LIMITS: SinkLimits = { pauseAboveBytes: 8 << 20, failAboveBytes: 64 << 20 };

/**
 * Encodes messages into one gRPC stream and counts the bytes that wait.
 * Invariant: outstandingBytes = sum of the sizes of the writes that were not confirmed.
 */
export class MessageWriter<T> implements MessageSink<T> {
  readonly #stream: Writable;
  readonly #codec: Codec<T>;
  readonly #limits: SinkLimits;
  readonly #onOverflow: () => void;
  readonly #unconfirmedSizes: number[] = [];
  #outstandingBytes = 0;
  #closed = false;
  #waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(stream: Writable, codec: Codec<T>, limits: SinkLimits, onOverflow: () => void) {
    this.#stream = stream;
    this.#codec = codec;
    this.#limits = limits;
    this.#onOverflow = onOverflow;
  }

  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(message: T): boolean {
    if (this.#closed) return false;
    const bytes = asBuffer(this.#codec.encode(message));
    this.#outstandingBytes += bytes.byteLength;
    this.#unconfirmedSizes.push(bytes.byteLength);
    this.#stream.write(bytes, this.#confirmOldest);
    if (this.#outstandingBytes > this.#limits.failAboveBytes) this.#onOverflow();
    return this.#outstandingBytes <= this.#limits.pauseAboveBytes;
  }

  drained(): Promise<void> {
    if (this.#closed || this.#outstandingBytes <= this.#limits.pauseAboveBytes) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  /** Marks the stream as over and lets everybody who waits go on. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  /** One function for all writes: the stream confirms them in order, so no closure per message. */
  readonly #confirmOldest = (): void => {
    this.#outstandingBytes -= this.#unconfirmedSizes.shift() ?? 0;
    if (this.#outstandingBytes <= this.#limits.pauseAboveBytes) this.#release();
  };

  #release(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
