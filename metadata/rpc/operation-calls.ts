import { create } from "@bufbuild/protobuf";
import { invalidRequest } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import {
  type ListOperationsRequest,
  type ListOperationsResponse,
  ListOperationsResponseSchema,
  type SwitchoverRequest,
  type SwitchoverResponse,
  SwitchoverResponseSchema,
  type WatchOperationRequest,
  type WatchOperationResponse,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { EngineDriver } from "../engine-driver.ts";
import type { Operation } from "../model/operations/operation.ts";
import type { OperationFeed } from "./operation-feed.ts";
import { operationMessage, planMessage } from "./operation-messages.ts";

const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;

/** Operators' calls that change configurations, or ask how a change goes. */
export class OperationCalls {
  readonly #driver: EngineDriver;
  readonly #feed: OperationFeed;

  constructor(driver: EngineDriver, feed: OperationFeed) {
    this.#driver = driver;
    this.#feed = feed;
  }

  /**
   * Begins to hand a shard over and answers at once, or only says what would be done. Throws
   * GENERATION_CONFLICT when another generation is in force, SHARD_FROZEN while an operation is open.
   */
  switchover(request: SwitchoverRequest): SwitchoverResponse {
    const { shardId, expectedGeneration, targetNodeId, dryRun } = request;
    const { operationId, group } = this.#driver.handle({
      kind: "switchover",
      shardId,
      expectedGeneration: Number(expectedGeneration),
      target: targetNodeId === "" ? undefined : targetNodeId,
      dryRun,
    });
    return create(SwitchoverResponseSchema, { operationId: operationId ?? "", plan: planMessage(group) });
  }

  watch({ operationId }: WatchOperationRequest, stream: ServerStream<WatchOperationResponse>): Promise<void> {
    return this.#feed.watch(this.#known(operationId), stream);
  }

  list({ operationId, pageSize }: ListOperationsRequest): ListOperationsResponse {
    if (pageSize > PAGE_SIZE_MAX) throw invalidRequest("page_size", `must be at most ${PAGE_SIZE_MAX}`);
    const { operations } = this.#driver.engine.state;
    const wanted = operationId === "" ? operations.list() : [this.#known(operationId)];
    const page = wanted.slice(0, pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize);
    return create(ListOperationsResponseSchema, { operations: page.map(operationMessage) });
  }

  #known(operationId: string): Operation {
    const operation = this.#driver.engine.state.operations.get(operationId);
    if (operation === undefined)
      throw invalidRequest("operation_id", `there is no operation "${operationId}"`);
    return operation;
  }
}
