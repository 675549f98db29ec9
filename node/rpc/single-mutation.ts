import { Kind, Outcome, PUBLIC_KIND_MAX } from "../../common/batch/kinds.ts";
import { MutationBatchBuilder, type MutationFields } from "../../common/batch/mutation-batch.ts";
import type { MutationResultFields } from "../../common/batch/result-batch.ts";
import { mutationOutcome, storeErrorOfResult } from "../../common/reservation/mutation-outcome.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { MutationOutcome } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { durabilityOf } from "../reads/durability.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import type { ShardHost } from "../runtime/shard-host.ts";
import type { CallShard } from "./call-shard.ts";

/** Longest time a single mutation may wait, whatever its caller's deadline, milliseconds. */
const TIMEOUT_MS_MAX = 5_000;

/** Who may send which kinds of mutation: services the public ones, the cluster its own too. */
export type Sender = "service" | "cluster";

/**
 * Has one mutation decided as a batch of one row. Rejects with the StoreError of the row when there
 * is no decision.
 */
export async function submitMutation(
  shard: CallShard,
  node: ServingNode,
  fields: MutationFields,
  sender: Sender,
  context: CallContext,
): Promise<MutationResultFields> {
  const builder = new MutationBatchBuilder(1);
  builder.add(fields);
  const options = {
    generation: shard.generation,
    kindMax: sender === "cluster" ? Kind.TOKEN_FENCE : PUBLIC_KIND_MAX,
    region: node.answerer.region,
    timeoutMs: Math.min(context.remainingMs(), TIMEOUT_MS_MAX),
  };
  const { promise, resolve } = Promise.withResolvers<MutationResultFields>();
  shard.host.submit(builder.take(), options, (reply) => resolve(reply.results.read(0)));
  const result = await promise;
  if (result.outcome === Outcome.ERROR) throw storeErrorOfResult(result);
  return result;
}

/** A recorded decision with what it is worth: session token and durability. */
export function labelledOutcome(
  node: ServingNode,
  host: ShardHost,
  result: MutationResultFields,
): MutationOutcome {
  const { generation, lsn } = result;
  const sessionToken = node.sessions.sign({ shardId: host.shardId, generation, lsn });
  const durability = durabilityOf(host.status().configuration, node.answerer.regionOf);
  return mutationOutcome(result, { sessionToken, durability });
}
