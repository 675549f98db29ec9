import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import {
  GetReplicaStatusRequestSchema,
  type ReplicaStatus,
  ReplicationService,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { NodeChannels } from "./node-channels.ts";

/** What nodes said of their replicas, by node and shard; a node that did not answer is missing. */
export type PolledReplicas = ReadonlyMap<string, ReadonlyMap<number, ReplicaStatus>>;

/** What to ask for. */
export interface PollRequest {
  readonly nodeIds: readonly string[];
  /** Empty means all. */
  readonly shardIds: readonly number[];
  readonly withStateHash: boolean;
  readonly deadlineMs: number;
}

/** Asks nodes how their replicas do. */
export class ReplicaPoll {
  readonly #channels: Pick<NodeChannels, "to">;
  readonly #log: Log;

  constructor(channels: Pick<NodeChannels, "to">, log: Log) {
    this.#channels = channels;
    this.#log = log;
  }

  /** Asks all nodes at once; never fails, whoever does not answer in time is left out. */
  async ask(request: PollRequest): Promise<PolledReplicas> {
    const answers = await Promise.all(request.nodeIds.map((nodeId) => this.#askNode(nodeId, request)));
    return new Map(answers.filter((answer) => answer !== undefined));
  }

  async #askNode(
    nodeId: string,
    { shardIds, withStateHash, deadlineMs }: PollRequest,
  ): Promise<[string, ReadonlyMap<number, ReplicaStatus>] | undefined> {
    const request = create(GetReplicaStatusRequestSchema, { shardIds: [...shardIds], withStateHash });
    const options = { deadlineMs, foreignReason: "LEADER_UNREACHABLE" } as const;
    try {
      const channel = this.#channels.to(nodeId);
      const { replicas } = await channel.unary(ReplicationService.method.getReplicaStatus, request, options);
      return [nodeId, new Map(replicas.map((status) => [status.shardId, status]))];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#log.debug("replica_poll_failed", { nodeId, reason: error.reason, message: error.message });
      return undefined;
    }
  }
}
