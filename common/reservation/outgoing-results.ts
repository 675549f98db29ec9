import { create } from "@bufbuild/protobuf";
import type { ResultBatch } from "../batch/result-batch.ts";
import { mutationResult } from "./mutation-outcome.ts";
import {
  MutationResultListSchema,
  PackedResultsSchema,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
  ShardSessionSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { BatchEncoding } from "./incoming-batch.ts";

/** Session token of one shard, with the durability its records had when acknowledged. */
export interface ShardSession {
  readonly shardId: number;
  readonly sessionToken: string;
  /** Number of a types.v1.Durability. */
  readonly durability: number;
}

/** The answer to a batch, in the encoding it came in. */
export function outgoingResults(
  batchId: bigint,
  encoding: BatchEncoding,
  results: ResultBatch,
  sessions: readonly ShardSession[],
): ReserveStreamResponse {
  return create(ReserveStreamResponseSchema, {
    batchId,
    encoding:
      encoding === "packed"
        ? { case: "packed", value: create(PackedResultsSchema, { rows: results.rows }) }
        : { case: "list", value: resultList(results, sessions) },
    sessions: sessions.map(sessionMessage),
  });
}

function resultList(results: ResultBatch, sessions: readonly ShardSession[]) {
  const durabilityOf = new Map(
    sessions.map((session) => [session.shardId, session.durability as Durability]),
  );
  const items = Array.from({ length: results.count }, (_, row) => {
    const result = results.read(row);
    const durability = durabilityOf.get(result.shardId) ?? Durability.UNSPECIFIED;
    return mutationResult(result, { sessionToken: "", durability });
  });
  return create(MutationResultListSchema, { items });
}

function sessionMessage({ shardId, sessionToken, durability }: ShardSession) {
  return create(ShardSessionSchema, { shardId, sessionToken, durability: durability as Durability });
}
