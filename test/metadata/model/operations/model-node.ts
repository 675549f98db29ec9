import type { ShardConfig } from "../../../../metadata/model/configuration.ts";
import type { SealAnswer, SealCommand } from "../../../../metadata/model/operations/operation.ts";

const GRANT_MS = 3000;
const GRANT_KEPT_MS = 4240;

/** A configuration as a node heard of it. */
export type Heard = { readonly config: ShardConfig; readonly isEstablished: boolean };

/** One replica of a shard on one node: what is durable, and what its process knows. */
export class ModelReplica {
  /** Generation of the record at each LSN. */
  log: number[] = [];
  promised = 0;
  committedLsn = 0;
  /** Generations it led, in whatever run. */
  readonly started = new Set<number>();
  heard: Heard | undefined;
  /** Generation that this run started. */
  leads: number | undefined;
  isStartCommitted = false;
  grantFreeAtMs = 0;
  readonly grantedAtMs = new Map<string, number>();
  /** When it sent the sign of life that the metadata service answered with its lease. */
  leasedAtMs = Number.NEGATIVE_INFINITY;

  /** The process ended; its successor knows what is durable, and that it may have given a grant. */
  restart(nowMs: number): void {
    this.heard = undefined;
    this.stepDown();
    this.grantFreeAtMs = nowMs + GRANT_KEPT_MS;
  }

  stepDown(): void {
    this.leads = undefined;
    this.isStartCommitted = false;
    this.grantedAtMs.clear();
    this.leasedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** @returns whether it has to ask for the next generation, because it led this one in an earlier run */
  learn(nodeId: string, heard: Heard): boolean {
    const { config } = heard;
    const { generation, leader, startLsn } = config;
    if (generation < (this.heard?.config.generation ?? 0)) return false;
    this.heard = heard;
    if (generation < this.promised || this.leads === generation) return false;
    this.promised = generation;
    this.stepDown();
    if (leader !== nodeId) return false;
    if (this.started.has(generation)) return true;
    if (this.log.length < startLsn - 1) throw new Error(`${nodeId} leads from ${startLsn} without having it`);
    this.log = [...this.log.slice(0, startLsn - 1), generation];
    this.leads = generation;
    this.started.add(generation);
    return false;
  }

  seal(nodeId: string, command: SealCommand, nowMs: number): SealAnswer {
    const { shardId, operationId, generation } = command;
    if (generation > this.promised) {
      this.promised = generation;
      this.stepDown();
    }
    return {
      shardId,
      operationId,
      nodeId,
      generation,
      promisedGeneration: this.promised,
      endGeneration: this.log.at(-1) ?? 0,
      endLsn: this.log.length,
      grantRemainingMs: Math.max(0, this.grantFreeAtMs - nowMs),
    };
  }

  /** Takes the leader's log over and grants it authority. */
  follow(log: readonly number[], generation: number, nowMs: number): boolean {
    if (generation < this.promised) return false;
    this.promised = generation;
    this.log = [...log];
    this.committedLsn = Math.max(this.committedLsn, log.length);
    this.grantFreeAtMs = nowMs + GRANT_KEPT_MS;
    return true;
  }

  /**
   * It may answer: every peer's grant is valid, the remote's or the lease is, and its generation is
   * known to be established.
   */
  hasAuthority(nodeId: string, nowMs: number): boolean {
    const { heard, leads, promised } = this;
    if (heard === undefined || leads === undefined || leads !== promised || !this.isStartCommitted)
      return false;
    if (heard.config.generation !== leads || !heard.isEstablished) return false;
    const isRemoteGranting =
      this.#isGranted(heard.config.remote, nowMs) || nowMs - this.leasedAtMs < GRANT_MS;
    return isRemoteGranting && this.#peersGrant(nodeId, heard.config, nowMs);
  }

  /** What its heartbeat claims: that its peers' grants are valid. */
  claimsAuthority(nodeId: string, nowMs: number): boolean {
    return (
      this.isStartCommitted && this.heard !== undefined && this.#peersGrant(nodeId, this.heard.config, nowMs)
    );
  }

  #peersGrant(nodeId: string, { ackSet }: ShardConfig, nowMs: number): boolean {
    const peers = ackSet.filter((peer) => peer !== nodeId);
    return peers.every((peer) => this.#isGranted(peer, nowMs));
  }

  #isGranted(nodeId: string, nowMs: number): boolean {
    return nowMs - (this.grantedAtMs.get(nodeId) ?? Number.NEGATIVE_INFINITY) < GRANT_MS;
  }
}
