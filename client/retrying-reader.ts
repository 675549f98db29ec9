import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { StoreError } from "../common/errors/store-error.ts";
import { Attempts } from "./attempts.ts";
import type { ResolvedClientOptions } from "./client-options.ts";
import { Deadline } from "./deadline.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** One attempt of a read waits at most this long, so that a stuck router leaves time for another. */
const ATTEMPT_MS_MAX = 2_000;

/** Makes calls that change nothing, or nothing a second time: they are repeated until the deadline. */
export class RetryingReader {
  readonly #endpoints: EndpointSet;
  readonly #options: ResolvedClientOptions;

  constructor(endpoints: EndpointSet, options: ResolvedClientOptions) {
    this.#endpoints = endpoints;
    this.#options = options;
  }

  /**
   * Asks until there is an answer, an error that repeating cannot cure, or no time left.
   * @param attemptMsMax longest wait for one attempt, for calls that wait on purpose
   */
  async ask<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
    timeoutMs: number | undefined,
    attemptMsMax = ATTEMPT_MS_MAX,
  ): Promise<MessageShape<Out>> {
    const deadline = new Deadline(timeoutMs ?? this.#options.timeoutMs, this.#options.clock);
    const attempts = new Attempts(deadline, this.#options.random);
    for (;;) {
      try {
        const endpoint = this.#endpoints.pick();
        return await endpoint.unary(method, request, deadline.cappedMs(attemptMsMax), "LEADER_UNREACHABLE");
      } catch (error) {
        if (!(error instanceof StoreError) || error.row.retry === "never") throw error;
        await attempts.pause(error);
      }
    }
  }
}
