import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  OperationKind,
  type Operation as OperationMessage,
  OperationPhase,
  OperationSchema,
  type ShardPlan,
  ShardPlanSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { NextGroup, Operation } from "../model/operations/operation.ts";

/** An operation as it stands. */
export function operationMessage(operation: Operation): OperationMessage {
  const { operationId, shardId, reason, attempt, openTimeMs, closeTimeMs } = operation;
  return create(OperationSchema, {
    operationId,
    shardId,
    kind: OperationKind[operation.kind],
    reason,
    phase: OperationPhase[operation.phase],
    attempt,
    fromGeneration: BigInt(operation.fromGeneration),
    generation: BigInt(operation.generation),
    plan: planMessage(operation.group),
    sealed: operation.seals.map(({ nodeId }) => nodeId),
    startLsn: BigInt(operation.startLsn ?? 0),
    openTime: timestampFromMs(openTimeMs),
    ...(closeTimeMs !== undefined && { closeTime: timestampFromMs(closeTimeMs) }),
  });
}

/** Who is to do what. */
export function planMessage({ leader, ackSet, remote }: NextGroup): ShardPlan {
  return create(ShardPlanSchema, { leader, ackSet: [...ackSet], remote });
}
