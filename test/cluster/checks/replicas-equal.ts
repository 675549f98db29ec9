import { setTimeout as sleep } from "node:timers/promises";
import type { HarborpointClient } from "../../../client/index.ts";
import { systemClock } from "../../../common/clock.ts";
import { compareReplicas, replicaStates } from "../../../workload/audit/replica-audit.ts";

const CATCH_UP_MS_MAX = 30_000;
const PAUSE_MS = 200;
const TIMEOUT_MS = 10_000;

/**
 * All replicas of every shard hold the same state at the same position, once those that were away
 * have caught up.
 * @returns what is wrong, one sentence a shard
 */
export async function replicasEqual(client: HarborpointClient, shards: number): Promise<string[]> {
  const deadlineMs = systemClock.monotonicMs() + CATCH_UP_MS_MAX;
  const findings: string[] = [];
  for (let shardId = 0; shardId < shards; shardId++) {
    const finding = await replicasOfShardEqual(client, shardId, deadlineMs);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function replicasOfShardEqual(
  client: HarborpointClient,
  shardId: number,
  deadlineMs: number,
): Promise<string | undefined> {
  for (;;) {
    const description = await client.cluster.describeShard(shardId, {
      withStateHash: true,
      timeoutMs: TIMEOUT_MS,
    });
    const comparison = compareReplicas(shardId, replicaStates(description));
    if (comparison.verdict === "equal") return undefined;
    if (comparison.verdict === "different" || systemClock.monotonicMs() >= deadlineMs)
      return comparison.message;
    await sleep(PAUSE_MS);
  }
}
