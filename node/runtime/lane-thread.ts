import { Piscina } from "piscina";
import { StorageError } from "../storage/storage-error.ts";
import type { LaneResults, LaneTask, LaneThreadData, StorageRefusal } from "./lane-messages.ts";

type TransferList = NonNullable<NonNullable<Parameters<Piscina["run"]>[1]>["transferList"]>;

/** The worker thread of a lane: carries out one task at a time, in the order they are handed in. */
export class LaneThread {
  readonly #pool: Piscina;

  /**
   * @param program module that exports `run(task)`
   * @param onCrash called when the thread ends or throws outside a task
   */
  constructor(program: URL, data: LaneThreadData, onCrash: (error: Error) => void) {
    this.#pool = new Piscina({
      filename: program.href,
      name: "run",
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      maxQueue: 1, // the lane's own queue decides the order; this one stays empty but for the first task
      idleTimeout: Number.POSITIVE_INFINITY,
      execArgv: [], // the thread's program needs none of the flags of the process
      workerData: data,
    });
    this.#pool.on("error", onCrash);
  }

  /**
   * Has a task carried out.
   * @param transfer buffers that go to the thread without a copy; the sender cannot use them any more
   * @throws StorageError when the database says no; anything else is a failure of the lane
   */
  async run<Type extends LaneTask["type"]>(
    task: Extract<LaneTask, { type: Type }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<LaneResults[Type]> {
    const result = (await this.#pool.run(task, { transferList: [...transfer] as TransferList })) as
      | LaneResults[Type]
      | StorageRefusal;
    if (isRefusal(result)) throw new StorageError(result.fault, result.message);
    return result;
  }

  /** Ends the thread after the tasks it has. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}

function isRefusal(result: unknown): result is StorageRefusal {
  return (
    typeof result === "object" && result !== null && "type" in result && result.type === "storage_refusal"
  );
}
