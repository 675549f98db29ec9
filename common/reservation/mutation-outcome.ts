import { create } from "@bufbuild/protobuf";
import {
  type ItemError,
  ItemErrorSchema,
  type MutationOutcome,
  MutationOutcomeSchema,
  type MutationResult,
  MutationResultSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  Decision,
  type DeclineReason,
  type Durability,
  type ErrorReason,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { Outcome, REQUEST_FIELDS } from "../batch/kinds.ts";
import type { MutationResultFields } from "../batch/result-batch.ts";
import { reasonName } from "../errors/reason.ts";
import { StoreError } from "../errors/store-error.ts";
import { formatReservationId } from "../tokens/reservation-id.ts";

/** What a write is worth, beside what its result row says. */
export interface WriteWorth {
  /** Token that covers the write; "" in lists, which carry one per shard beside the items. */
  readonly sessionToken: string;
  readonly durability: Durability;
}

/** A recorded decision, read out of its result row, as the public API says it. */
export function mutationOutcome(result: MutationResultFields, worth: WriteWorth): MutationOutcome {
  const { shardId, generation, lsn, replayed } = result;
  return create(MutationOutcomeSchema, {
    decision: result.outcome === Outcome.APPROVED ? Decision.APPROVED : Decision.DECLINED,
    declineReason: result.reason as DeclineReason,
    reservationId: reservationIdOf(result),
    label: {
      position: { shardId, generation: BigInt(generation), lsn: BigInt(lsn) },
      ...worth,
      replayed,
      ...(!replayed && { remainingHeadroomMinor: BigInt(result.headroomMinor) }),
    },
  });
}

/** A result row as one item of a list. */
export function mutationResult(result: MutationResultFields, worth: WriteWorth): MutationResult {
  return create(MutationResultSchema, {
    result:
      result.outcome === Outcome.ERROR
        ? { case: "error", value: itemError(result) }
        : { case: "outcome", value: mutationOutcome(result, worth) },
  });
}

/** What a row without a decision is for a caller who asked for it alone. */
export function storeErrorOfResult(result: MutationResultFields): StoreError {
  const reason = reasonName(result.reason) ?? "COMMIT_OUTCOME_UNKNOWN";
  const field = REQUEST_FIELDS[result.field] ?? "";
  return new StoreError(reason, {
    ...(field !== "" && { field, message: `${field}: is missing or not as documented` }),
    ...(result.retryAfterMs > 0 && { retryAfterMs: result.retryAfterMs }),
    metadata: { shardId: String(result.shardId) },
  });
}

function itemError(result: MutationResultFields): ItemError {
  return create(ItemErrorSchema, {
    reason: result.reason as ErrorReason,
    field: REQUEST_FIELDS[result.field] ?? "",
    retryAfterMs: result.retryAfterMs,
  });
}

function reservationIdOf({ shardId, reservationGeneration, reservationLsn }: MutationResultFields): string {
  if (reservationLsn === 0) return "";
  return formatReservationId({ shardId, generation: reservationGeneration, lsn: reservationLsn });
}
