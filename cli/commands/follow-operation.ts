import { toJson } from "@bufbuild/protobuf";
import { setTimeout as pause } from "node:timers/promises";
import { type HarborpointClient, StoreError } from "../../client/index.ts";
import { systemClock } from "../../common/clock.ts";
import {
  type Operation,
  OperationPhase,
  OperationSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { ClusterOptions } from "../cluster-options.ts";
import { type Listing, listing } from "../output/listing.ts";
import { nameOf } from "../output/member-name.ts";
import { OPERATION_COLUMNS } from "../output/operation-columns.ts";

/** Asking again and again survives the death of a router, which a stream would not. */
const POLL_MS = 200;

/**
 * Shows every step of an operation on standard error until it is done.
 * @throws StoreError SHARD_FROZEN when it is still open after the command's timeout
 */
export async function followOperation(
  client: HarborpointClient,
  operationId: string,
  { output, timeout }: Pick<ClusterOptions, "output" | "timeout">,
): Promise<Listing> {
  const deadlineMs = systemClock.monotonicMs() + timeout * 1000;
  let shown = "";
  for (;;) {
    const operation = await client.operations.get(operationId);
    if (operation === undefined) throw new Error(`operation ${operationId} is not known`);
    const step = describe(operation);
    if (step !== shown) process.stderr.write(`${step}\n`);
    shown = step;
    if (operation.phase === OperationPhase.DONE) {
      return listing(output, OPERATION_COLUMNS, [operation], toJson(OperationSchema, operation));
    }
    if (systemClock.monotonicMs() + POLL_MS > deadlineMs) {
      const message = `operation ${operationId} is still open after ${timeout} s; it goes on by itself`;
      throw new StoreError("SHARD_FROZEN", { message });
    }
    await pause(POLL_MS);
  }
}

function describe({ shardId, phase, attempt, generation, plan, sealed }: Operation): string {
  const where = `shard ${shardId}, generation ${generation}, attempt ${attempt}`;
  return `${where}: ${nameOf(OperationPhase, phase)}, leader ${plan?.leader}, sealed ${sealed.join(",") || "none"}`;
}
