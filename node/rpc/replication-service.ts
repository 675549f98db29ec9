import { create } from "@bufbuild/protobuf";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  GetReplicaStatusResponseSchema,
  type ReplicaStatus,
  ReplicaStatusSchema,
  type ReplicationService,
  type SealResponse,
  SealResponseSchema,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { ErrorReason } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { roleOf } from "../reads/read-label.ts";
import { fetchFrames } from "../replication/fetch-frames.ts";
import type { SealAnswer } from "../shard/events.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import type { ShardHost } from "../runtime/shard-host.ts";
import { stateHash } from "../runtime/state-hash.ts";
import { hostOf } from "./call-shard.ts";
import { guardedRead } from "./read-guard.ts";
import { safeInteger } from "./safe-integer.ts";

/** Handlers of ReplicationService: what nodes ask of each other. */
export function replicationHandlers(serving: () => ServingNode): ServiceHandlers<typeof ReplicationService> {
  return {
    replicate: (stream) => serving().followers.accept(stream),
    fetchFrames: async (request, stream) => {
      const host = hostOf(serving(), request.shardId);
      const range = {
        fromLsn: safeInteger(request.fromLsn, "from_lsn"),
        toLsn: safeInteger(request.toLsn, "to_lsn"),
        nonce: request.nonce,
      };
      const committedLsn = (): number => host.status().committedLsn;
      const read = (lsn: number) => guardedRead(host.shardId, () => host.log.frameAt(lsn));
      await fetchFrames({ firstLsn: () => host.log.firstLsn, committedLsn, read }, range, stream);
    },
    seal: async (request) => {
      const node = serving();
      const host = hostOf(node, request.shardId);
      const answer = await host.seal(safeInteger(request.generation, "generation"));
      return sealResponse(host, answer, node.clock.monotonicMs());
    },
    getReplicaStatus: async ({ shardIds, withStateHash }) => {
      const node = serving();
      const hosts =
        shardIds.length === 0 ? [...node.hosts] : shardIds.map((shardId) => hostOf(node, shardId));
      const replicas = hosts.map((host) => replicaStatus(host, node.answerer.nodeId, withStateHash));
      return create(GetReplicaStatusResponseSchema, { replicas });
    },
  };
}

function sealResponse({ shardId }: ShardHost, answer: SealAnswer, nowMs: number): SealResponse {
  return create(SealResponseSchema, {
    promisedGeneration: BigInt(answer.promisedGeneration),
    end: { shardId, generation: BigInt(answer.endGeneration), lsn: BigInt(answer.endLsn) },
    endChain: answer.endChain,
    commitHintLsn: BigInt(answer.commitHintLsn),
    grantRemainingMs: Math.max(0, Math.ceil(answer.grantKeptUntilMs - nowMs)),
  });
}

function replicaStatus(host: ShardHost, nodeId: string, withStateHash: boolean): ReplicaStatus {
  const status = host.status();
  const { remoteLagMs } = status;
  return create(ReplicaStatusSchema, {
    shardId: host.shardId,
    role: roleOf(status, nodeId),
    generation: BigInt(status.configuration?.generation ?? 0),
    promisedGeneration: BigInt(status.promisedGeneration),
    appendedLsn: BigInt(status.appendedLsn),
    durableLsn: BigInt(status.durableLsn),
    committedLsn: BigInt(status.committedLsn),
    appliedLsn: BigInt(status.appliedLsn),
    writable: status.isEstablished && status.refusal === 0,
    refusal: status.refusal as ErrorReason,
    remoteDurableLsn: BigInt(status.remoteDurableLsn),
    remoteLagMs: remoteLagMs === undefined ? undefined : Math.max(0, Math.round(remoteLagMs)),
    stateHash: withStateHash ? stateHash(host.state) : new Uint8Array(0),
    walBytes: BigInt(host.walBytes),
  });
}
