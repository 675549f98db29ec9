import type { Log } from "./log/log.ts";
import { settledWithin } from "./with-timeout.ts";

/** A part of a process with a life of its own. */
export interface Service {
  /** Stable name for logs. */
  readonly name: string;
  /** Starts working; resolves when it can be used. */
  run(): Promise<void>;
  /** Takes nothing new and finishes what it has; absent when there is nothing to finish. */
  drain?(): Promise<void>;
  /** Ends for good; must also work after a failed run and without a drain. */
  stop(): Promise<void>;
}

/** How long a process may take to leave. */
export interface ServiceBounds {
  /** Longest drain of one service, in milliseconds. */
  readonly drainMs: number;
  /** Longest stop of one service, in milliseconds. */
  readonly stopMs: number;
}

/** A peer notices a leaving process within a second or two; more patience only delays the failover. */
const DEFAULT_BOUNDS: ServiceBounds = { drainMs: 5_000, stopMs: 5_000 };

/**
 * The services of one process. They run in the order given and drain and stop in reverse, so that each
 * may use those before it. A drain or stop that fails or takes too long is logged and passed over.
 */
export class ServiceGroup implements Service {
  readonly name: string;
  readonly #services: readonly Service[];
  readonly #log: Log;
  readonly #bounds: ServiceBounds;
  #running: Service[] = [];

  constructor(name: string, services: readonly Service[], log: Log, bounds: ServiceBounds = DEFAULT_BOUNDS) {
    this.name = name;
    this.#services = services;
    this.#log = log;
    this.#bounds = bounds;
  }

  /** Runs all; when one fails, those that ran are stopped and its error is thrown. */
  async run(): Promise<void> {
    for (const service of this.#services) {
      this.#running.unshift(service);
      try {
        await service.run();
      } catch (error) {
        this.#log.error("service_run_failed", { service: service.name, error });
        await this.stop();
        throw error;
      }
    }
    this.#log.info("services_running", { group: this.name });
  }

  async drain(): Promise<void> {
    for (const service of this.#running) {
      await this.#bounded("drain", service, service.drain?.(), this.#bounds.drainMs);
    }
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = [];
    for (const service of running) await this.#bounded("stop", service, service.stop(), this.#bounds.stopMs);
    this.#log.info("services_stopped", { group: this.name });
  }

  async #bounded(
    step: "drain" | "stop",
    service: Service,
    work: Promise<void> | undefined,
    timeoutMs: number,
  ): Promise<void> {
    try {
      if (work === undefined || (await settledWithin(work, timeoutMs))) return;
      this.#log.warn(`service_${step}_timed_out`, { service: service.name, timeoutMs });
    } catch (error) {
      this.#log.error(`service_${step}_failed`, { service: service.name, error });
    }
  }
}
