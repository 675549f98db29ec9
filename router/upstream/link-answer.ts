import { alignedRows } from "../../common/batch/mutation-batch.ts";
import { RESULT_ROW_BYTES, ResultBatch } from "../../common/batch/result-batch.ts";
import type { ReserveStreamResponse } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { ShardSession } from "../placement/attempt/lane-events.ts";

/** A node's answer to one batch. */
export type LinkAnswer = {
  readonly results: ResultBatch;
  /** Undefined when nothing was recorded. */
  readonly session: ShardSession | undefined;
};

/** Reads a node's answer; undefined when it is not one to so many rows. */
export function linkAnswer(response: ReserveStreamResponse, rowCount: number): LinkAnswer | undefined {
  const { encoding, sessions } = response;
  if (encoding.case !== "packed") return undefined;
  const { rows } = encoding.value;
  if (rows.byteLength !== rowCount * RESULT_ROW_BYTES) return undefined;
  return { results: new ResultBatch(alignedRows(rows)), session: sessions.at(0) };
}
