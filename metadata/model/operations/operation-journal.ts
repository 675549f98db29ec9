import { assert } from "../../../common/assert.ts";
import type { ShardId } from "../../../common/units.ts";
import type { Operation } from "./operation.ts";

/** Closed operations that are kept for those who ask; the oldest go first. */
export const CLOSED_OPERATIONS_MAX = 1000;

/**
 * Every operation that is open, and the newest closed ones. Invariants: at most one operation of a
 * shard is open, so opening one is taking the shard's lock; a closed operation never changes.
 */
export class OperationJournal {
  /** In the order in which they were opened. */
  readonly #operations = new Map<string, Operation>();
  readonly #open = new Map<ShardId, string>();
  #closedCount = 0;

  /** The operation that holds the shard's lock. */
  open(shardId: ShardId): Operation | undefined {
    const operationId = this.#open.get(shardId);
    return operationId === undefined ? undefined : this.#operations.get(operationId);
  }

  get(operationId: string): Operation | undefined {
    return this.#operations.get(operationId);
  }

  /** All that are kept, newest first. */
  list(): readonly Operation[] {
    return [...this.#operations.values()].reverse();
  }

  /** Records how an operation stands now. */
  record(operation: Operation): void {
    const { operationId, shardId, closeTimeMs } = operation;
    const known = this.#operations.get(operationId);
    assert(known === undefined || known.closeTimeMs === undefined, `operation ${operationId} is closed`);
    const holder = this.#open.get(shardId);
    assert(
      holder === undefined || holder === operationId,
      `shard ${shardId} is changed by one operation at a time`,
    );
    this.#operations.set(operationId, operation);
    if (closeTimeMs === undefined) this.#open.set(shardId, operationId);
    else this.#closed(shardId);
  }

  #closed(shardId: ShardId): void {
    this.#open.delete(shardId);
    this.#closedCount++;
    if (this.#closedCount <= CLOSED_OPERATIONS_MAX) return;
    for (const { operationId, closeTimeMs } of this.#operations.values()) {
      if (closeTimeMs === undefined) continue;
      this.#operations.delete(operationId);
      this.#closedCount--;
      return;
    }
  }
}
