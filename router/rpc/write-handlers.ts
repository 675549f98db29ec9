import { create } from "@bufbuild/protobuf";
import { Outcome } from "../../common/batch/kinds.ts";
import type { Clock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { mutationOutcome, storeErrorOfResult } from "../../common/reservation/mutation-outcome.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  type CheckedMutation,
  checkAmend,
  checkRelease,
  checkReserve,
  checkSettle,
  requireValid,
} from "../../common/validation/mutation-fields.ts";
import {
  AmendResponseSchema,
  type MutationOutcome,
  ReleaseResponseSchema,
  type ReservationService,
  ReserveResponseSchema,
  SettleResponseSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { RowBudget } from "../write/row-budget.ts";
import type { UnaryAnswer, UnaryWrites } from "../write/unary-writes.ts";
import { unaryDeadlineMs } from "../write/write-deadline.ts";
import type { WriteMetrics } from "../write/write-metrics.ts";
import { BatchStream, type BatchStreamParts } from "./batch-stream.ts";

/** What the handlers of writes are made of. */
export type WriteHandlersParts = BatchStreamParts & {
  readonly writes: UnaryWrites;
  readonly budget: RowBudget;
  readonly metrics: WriteMetrics;
  readonly clock: Clock;
};

type WriteMethods = "reserve" | "release" | "settle" | "amend" | "reserveStream";

/** Handlers of everything that writes. */
export function writeHandlers(
  parts: WriteHandlersParts,
): Pick<ServiceHandlers<typeof ReservationService>, WriteMethods> {
  const write = (checked: CheckedMutation, context: CallContext) => writeOne(parts, checked, context);
  return {
    reserve: async (request, context) =>
      create(ReserveResponseSchema, { outcome: await write(checkReserve(request), context) }),
    release: async (request, context) =>
      create(ReleaseResponseSchema, { outcome: await write(checkRelease(request), context) }),
    settle: async (request, context) =>
      create(SettleResponseSchema, { outcome: await write(checkSettle(request), context) }),
    amend: async (request, context) =>
      create(AmendResponseSchema, { outcome: await write(checkAmend(request), context) }),
    reserveStream: (stream) => new BatchStream(stream, parts),
  };
}

async function writeOne(
  { writes, budget, metrics, clock, isDraining }: WriteHandlersParts,
  checked: CheckedMutation,
  context: CallContext,
): Promise<MutationOutcome> {
  const fields = requireValid(checked);
  metrics.unaryRows.inc();
  if (isDraining()) throw new StoreError("SHUTTING_DOWN");
  if (!budget.tryTake(1)) throw new StoreError("OVERLOADED");
  try {
    const deadlineMs = unaryDeadlineMs(clock.monotonicMs(), context.remainingMs());
    return outcomeOf(await writes.submit(fields, deadlineMs));
  } finally {
    budget.give(1);
  }
}

function outcomeOf({ result, session }: UnaryAnswer): MutationOutcome {
  if (result.outcome === Outcome.ERROR) throw storeErrorOfResult(result);
  const durability = (session?.durability ?? Durability.UNSPECIFIED) as Durability;
  return mutationOutcome(result, { sessionToken: session?.sessionToken ?? "", durability });
}
