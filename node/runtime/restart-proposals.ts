import { clone } from "@bufbuild/protobuf";
import { Backoff } from "../../common/backoff.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import type { Random } from "../../common/random.ts";
import {
  ChangeKind,
  type ShardConfig,
  ShardConfigSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { ProposeRestart } from "../shard/events.ts";
import type { ClusterMap } from "./cluster-map.ts";
import type { MetadataClient } from "./metadata-client.ts";
import { pause, type Timers } from "./timers.ts";

const RETRY_PAUSE = { minMs: 50, maxMs: 1_000 };

/** What proposals need. */
export type ProposalParts = {
  readonly nodeId: string;
  readonly client: Pick<MetadataClient, "proposeConfig" | "shardMap">;
  readonly map: ClusterMap;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Hears the configurations in force. */
  readonly onConfigs: (configs: ShardConfig[]) => void;
};

type ProposalAnswer = {
  /** Configurations learned by asking. */
  readonly inForce: ShardConfig[];
  /** A generation some node has promised, which the proposal did not reach; 0 for none. */
  readonly promisedGeneration: number;
};

/**
 * Asks the metadata service for the generation under which a restarted leader comes back: the same
 * group, one generation up, beginning behind the end of the leader's log. Repeats a proposal until
 * its outcome is known, that is until some newer generation is in force; repeating is harmless,
 * since the operation id makes it one proposal.
 */
export class RestartProposals {
  readonly #parts: ProposalParts;
  /** Operation id of the newest proposal of each shard; older ones are given up. */
  readonly #newest = new Map<number, string>();
  #isStopped = false;

  constructor(parts: ProposalParts) {
    this.#parts = parts;
  }

  /** Proposes; the answer comes through onConfigs. */
  propose(shardId: number, command: ProposeRestart): void {
    this.#newest.set(shardId, command.operationId);
    void this.#proposeUntilKnown(shardId, command, new Backoff(RETRY_PAUSE, this.#parts.random));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #proposeUntilKnown(shardId: number, command: ProposeRestart, backoff: Backoff): Promise<void> {
    const { map, onConfigs, timers } = this.#parts;
    let { generation } = command;
    for (;;) {
      const current = map.shard(shardId);
      const isObsolete = this.#newest.get(shardId) !== command.operationId;
      const isDecided = current === undefined || current.generation > BigInt(command.expectedGeneration);
      if (this.#isStopped || isObsolete || isDecided) return;
      const answer = await this.#proposeOnce(current, { ...command, generation });
      if (this.#isStopped) return;
      generation = Math.max(generation, answer.promisedGeneration + 1);
      onConfigs(answer.inForce);
      await pause(timers, backoff.nextMs());
    }
  }

  async #proposeOnce(current: ShardConfig, command: ProposeRestart): Promise<ProposalAnswer> {
    const { client, nodeId, log } = this.#parts;
    const { shardId } = current;
    const { generation, startLsn } = command;
    try {
      const expectedGeneration = BigInt(command.expectedGeneration);
      const config = await client.proposeConfig(expectedGeneration, nextConfig(current, command), nodeId);
      log.info("restart_proposed", { shardId, generation, startLsn });
      return { inForce: config === undefined ? [] : [config], promisedGeneration: 0 };
    } catch (error) {
      log.warn("restart_proposal_failed", {
        shardId,
        generation,
        startLsn,
        problem: (error as Error).message,
      });
      const isConflict = error instanceof StoreError && error.reason === "GENERATION_CONFLICT";
      if (!isConflict) return { inForce: [], promisedGeneration: 0 };
      const promisedGeneration = Number(error.metadata.promisedGeneration ?? 0);
      return { inForce: await this.#shardsInForce(), promisedGeneration };
    }
  }

  async #shardsInForce(): Promise<ShardConfig[]> {
    try {
      return (await this.#parts.client.shardMap())?.shards ?? [];
    } catch {
      // The next attempt asks again.
      return [];
    }
  }
}

function nextConfig(current: ShardConfig, command: ProposeRestart): ShardConfig {
  const next = clone(ShardConfigSchema, current);
  next.generation = BigInt(command.generation);
  next.startLsn = BigInt(command.startLsn);
  next.changeKind = ChangeKind.LOSSLESS;
  next.operationId = command.operationId;
  next.established = false;
  return next;
}
