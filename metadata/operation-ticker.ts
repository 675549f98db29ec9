import { StoreError } from "../common/errors/store-error.ts";
import type { Log } from "../common/log/log.ts";
import type { Service } from "../common/service.ts";
import type { EngineDriver } from "./engine-driver.ts";

/** A fraction of the shortest wait an operation knows. */
const TICK_MS = 100;

/** Lets operations see that time passes. */
export class OperationTicker implements Service {
  readonly name = "operation_ticker";
  readonly #driver: Pick<EngineDriver, "handle">;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor(driver: Pick<EngineDriver, "handle">, log: Log) {
    this.#driver = driver;
    this.#log = log;
  }

  async run(): Promise<void> {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** A failed disk ends the process; until it does, there is nothing to tick for. */
  #tick(): void {
    try {
      this.#driver.handle({ kind: "tick" });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#log.error("operation_tick_failed", { error });
      clearInterval(this.#timer);
    }
  }
}
