import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import {
  type WatchOperationResponse,
  WatchOperationResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { Change } from "../model/changes.ts";
import type { Operation } from "../model/operations/operation.ts";
import { operationMessage } from "./operation-messages.ts";

/** People who look at operations at the same time. */
const WATCHERS_MAX = 256;

type Watcher = {
  readonly operationId: string;
  readonly stream: ServerStream<WatchOperationResponse>;
  readonly done: () => void;
};

/** Tells everyone who watches an operation how it goes, until it is done. */
export class OperationFeed {
  readonly #watchers = new Set<Watcher>();

  /**
   * Sends the operation as it stands, then every change of it. The promise settles when it is closed
   * or the caller left. Rejects with OVERLOADED when there are too many watchers.
   */
  async watch(operation: Operation, stream: ServerStream<WatchOperationResponse>): Promise<void> {
    if (this.#watchers.size >= WATCHERS_MAX) {
      throw new StoreError("OVERLOADED", { message: `${WATCHERS_MAX} watchers are connected already` });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = { operationId: operation.operationId, stream, done: resolve };
    const { signal } = stream.context;
    signal.addEventListener("abort", () => resolve(), { once: true });
    this.#watchers.add(watcher);
    tell(watcher, operation);
    if (signal.aborted) resolve();
    await promise;
    this.#watchers.delete(watcher);
  }

  /** Passes changes on; an operation has a handful of them, so nobody can fall far behind. */
  announce(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== "operation_changed") continue;
      const { operation } = change;
      for (const watcher of this.#watchers) {
        if (watcher.operationId === operation.operationId) tell(watcher, operation);
      }
    }
  }
}

function tell({ stream, done }: Watcher, operation: Operation): void {
  stream.write(create(WatchOperationResponseSchema, { operation: operationMessage(operation) }));
  if (operation.closeTimeMs !== undefined) done();
}
