/**
 * Why a database of this node cannot be used as it is.
 * locked: another process has it open. damaged: its bytes are not what was written.
 * newer-schema: a later release wrote it. foreign: it belongs to another cluster, node or shard.
 */
export type StorageFault = "locked" | "damaged" | "newer-schema" | "foreign";

/** A database that must not be used; whoever opens it decides by the fault. Never retried. */
export class StorageError extends Error {
  readonly fault: StorageFault;

  constructor(fault: StorageFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StorageError";
    this.fault = fault;
  }
}
