import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, StoreError } from "../../client/index.ts";
import type { Clock } from "../../common/clock.ts";
import type { ShardStatus } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { leaderStatus, writability } from "../output/shard-columns.ts";

const PAUSE_MS = 200;

/**
 * Waits until every shard of a cluster takes writes.
 * @param shards how many there are to be
 * @throws Error naming the shards that do not, when the time is up
 */
export async function awaitWritable(
  client: Pick<HarborpointClient, "cluster">,
  shards: number,
  timeoutMs: number,
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const found = await listShards(client, PAUSE_MS * 10);
    if (found.length === shards && found.every((shard) => leaderStatus(shard)?.writable)) return;
    if (clock.monotonicMs() > deadlineMs) {
      throw new Error(`not every shard of ${shards} takes writes: ${describe(found)}`);
    }
    await sleep(PAUSE_MS);
  }
}

/** The shards; none while nobody can tell. */
async function listShards(
  client: Pick<HarborpointClient, "cluster">,
  timeoutMs: number,
): Promise<ShardStatus[]> {
  try {
    return await client.cluster.listShards(timeoutMs);
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function describe(shards: readonly ShardStatus[]): string {
  const waiting = shards.filter((shard) => !leaderStatus(shard)?.writable);
  const refusals = waiting.map((shard) => `${shard.config?.shardId} (${writability(shard)})`);
  return `${shards.length} are there, ${refusals.join(", ") || "none"} of them waiting`;
}
