import { setTimeout as sleep } from "node:timers/promises";
import type { HarborpointClient } from "../../client/index.ts";
import type { Clock } from "../../common/clock.ts";
import type { IssuerBooks, WorkloadBooks } from "../workload-books.ts";
import { auditIssuer, type IssuerFindings, type ObservedIssuer } from "./issuer-audit.ts";
import { compareReplicas, replicaStates } from "./replica-audit.ts";

/** Verdict over a whole store. */
export interface AuditReport {
  /** True only if everything below is as it must be and everything could be checked. */
  readonly ok: boolean;
  /** Issuers for which some approval passed the limit in force. */
  readonly oversoldIssuers: number;
  /** (issuer, token) pairs with more than one outcome. */
  readonly duplicateTokens: number;
  /** Whether all replicas of all shards hold the same state at the same position. */
  readonly replicasEqual: boolean;
  readonly issuersChecked: number;
  /** What is wrong, one sentence each; the first hundred. */
  readonly findings: readonly string[];
}

/** What an audit needs. */
export interface AuditParts {
  /** Answers linearizable reads. */
  readonly client: Pick<HarborpointClient, "reads" | "cluster">;
  readonly books: WorkloadBooks;
  readonly clock: Clock;
  /** How long followers may take to catch up, milliseconds. */
  readonly catchUpMsMax: number;
}

const READS_AT_ONCE = 16;
const READ_TIMEOUT_MS = 15_000;
const PAGE_SIZE = 1_000;
const CATCH_UP_PAUSE_MS = 250;
const FINDINGS_MAX = 100;

/** Audits a store at rest against the books of the load that was put on it. */
export async function auditStore(parts: AuditParts): Promise<AuditReport> {
  const issuers = await auditIssuers(parts);
  const replicaFindings = await auditReplicas(parts);
  const conflicts = parts.books.conflicts.map(
    ({ issuerId, token }) => `${issuerId}: token ${token} was answered in two ways`,
  );
  const findings = [...issuers.flatMap((issuer) => issuer.findings), ...conflicts, ...replicaFindings];
  return {
    ok: findings.length === 0,
    oversoldIssuers: issuers.filter(({ isOversold }) => isOversold).length,
    duplicateTokens: issuers.reduce((sum, issuer) => sum + issuer.duplicateTokens.length, conflicts.length),
    replicasEqual: replicaFindings.length === 0,
    issuersChecked: issuers.length,
    findings: findings.slice(0, FINDINGS_MAX),
  };
}

async function auditIssuers({ client, books }: AuditParts): Promise<IssuerFindings[]> {
  const found: IssuerFindings[] = [];
  const next = books.issuers()[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let step = next.next(); !step.done; step = next.next()) {
      const observed = await observeIssuer(client, step.value.issuer.issuerId);
      found.push(auditIssuer(expectedOf(step.value), observed));
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
  return found;
}

async function observeIssuer(client: AuditParts["client"], issuerId: string): Promise<ObservedIssuer> {
  const { exposure } = await client.reads.getExposure(issuerId, { timeoutMs: READ_TIMEOUT_MS });
  const options = { timeoutMs: READ_TIMEOUT_MS, pageSize: PAGE_SIZE };
  const open = await Array.fromAsync(client.reads.listOpenReservations(issuerId, options));
  return { sums: exposure, open };
}

function expectedOf({ issuer, ledger }: IssuerBooks) {
  const { model, isComplete, breaches } = ledger;
  return { issuerId: issuer.issuerId, isComplete, sums: model.sums, open: model.open, breaches };
}

/** Waits for the followers to catch up and compares. @returns what is wrong */
async function auditReplicas({ client, clock, catchUpMsMax }: AuditParts): Promise<string[]> {
  const deadlineMs = clock.monotonicMs() + catchUpMsMax;
  const shards = await client.cluster.listShards(READ_TIMEOUT_MS);
  if (shards.length === 0) return ["there are no shards"];
  const findings: string[] = [];
  for (const { config } of shards) {
    const shardId = config?.shardId ?? 0;
    const finding = await auditShard(client, shardId, () => clock.monotonicMs() < deadlineMs);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function auditShard(
  client: AuditParts["client"],
  shardId: number,
  isTimeLeft: () => boolean,
): Promise<string | undefined> {
  for (;;) {
    const options = { withStateHash: true, timeoutMs: READ_TIMEOUT_MS };
    const description = await client.cluster.describeShard(shardId, options);
    const comparison = compareReplicas(shardId, replicaStates(description));
    if (comparison.verdict === "equal") return undefined;
    if (comparison.verdict === "different" || !isTimeLeft()) return comparison.message;
    await sleep(CATCH_UP_PAUSE_MS);
  }
}
