import { setTimeout as sleep } from "node:timers/promises";
import type { HarborpointClient } from "../../client/index.ts";
import type { Clock } from "../../common/clock.ts";
import { compareReplicas, replicaStates } from "../../workload/audit/replica-audit.ts";
import type { Acknowledgements } from "../audit/acknowledgements.ts";
import { auditLoad, type IssuerState } from "../audit/load-audit.ts";

const READS_AT_ONCE = 16;
const READ_TIMEOUT_MS = 30_000;
const CATCH_UP_MS_MAX = 120_000;
const CATCH_UP_PAUSE_MS = 250;

/**
 * Audits a cluster at rest: what its leaders say of every issuer against what the load was told,
 * and the replicas of every shard against each other. @returns what is wrong
 */
export async function auditCluster(
  client: Pick<HarborpointClient, "reads" | "cluster">,
  told: Acknowledgements,
  clock: Clock,
): Promise<string[]> {
  const states = await issuerStates(
    client,
    told.books.map(({ issuerId }) => issuerId),
  );
  return [...auditLoad(told, states), ...(await auditReplicas(client, clock))];
}

async function issuerStates(
  client: Pick<HarborpointClient, "reads">,
  issuerIds: readonly string[],
): Promise<ReadonlyMap<string, IssuerState>> {
  const states = new Map<string, IssuerState>();
  const next = issuerIds.values();
  const worker = async (): Promise<void> => {
    for (const issuerId of next) {
      const { exposure } = await client.reads.getExposure(issuerId, { timeoutMs: READ_TIMEOUT_MS });
      states.set(issuerId, exposure);
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
  return states;
}

async function auditReplicas(client: Pick<HarborpointClient, "cluster">, clock: Clock): Promise<string[]> {
  const deadlineMs = clock.monotonicMs() + CATCH_UP_MS_MAX;
  const findings: string[] = [];
  for (const { config } of await client.cluster.listShards(READ_TIMEOUT_MS)) {
    const finding = await auditShard(client, config?.shardId ?? 0, () => clock.monotonicMs() < deadlineMs);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

/** Waits until the replicas of a shard stand at one position, and says how they differ there. */
async function auditShard(
  client: Pick<HarborpointClient, "cluster">,
  shardId: number,
  isTimeLeft: () => boolean,
): Promise<string | undefined> {
  for (;;) {
    const options = { withStateHash: true, timeoutMs: READ_TIMEOUT_MS };
    const comparison = compareReplicas(
      shardId,
      replicaStates(await client.cluster.describeShard(shardId, options)),
    );
    if (comparison.verdict === "equal") return undefined;
    if (comparison.verdict === "different" || !isTimeLeft()) return comparison.message;
    await sleep(CATCH_UP_PAUSE_MS);
  }
}
