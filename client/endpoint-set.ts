import type { ResolvedClientOptions } from "./client-options.ts";
import { RouterEndpoint } from "./router-endpoint.ts";

/** The routers a client may use, the preferred one first. */
export class EndpointSet {
  readonly #endpoints: readonly RouterEndpoint[];
  readonly #options: ResolvedClientOptions;
  #closed = false;

  constructor(options: ResolvedClientOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints.map((address) => new RouterEndpoint(address, options));
  }

  /** The first router that did not fail lately, else the one whose failure is longest ago. */
  pick(): RouterEndpoint {
    if (this.#closed) throw new Error("the client is closed");
    const nowMs = this.#options.clock.monotonicMs();
    const usable = this.#endpoints.find((endpoint) => endpoint.avoidUntilMs <= nowMs);
    return usable ?? this.#endpoints.reduce((a, b) => (b.avoidUntilMs < a.avoidUntilMs ? b : a));
  }

  close(): void {
    this.#closed = true;
    for (const endpoint of this.#endpoints) endpoint.close();
  }
}
