import { newToken } from "../../../client/index.ts";
import { MetadataService } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { answerOf, refusalOf } from "../call-status.ts";
import { type ContractCluster, ISSUER_ID } from "../contract-cluster.ts";
import type { ErrorCase } from "./error-case.ts";

const { reserve, getExposure } = ReservationService.method;
const { getShardMap, proposeConfig } = MetadataService.method;

/** Errors that routers hide from their callers: seen by asking nodes and the metadata service directly. */
export function nodeCases(contract: ContractCluster): ErrorCase[] {
  const { shard } = contract;
  const fresh = () => ({ reservationToken: newToken(), issuerId: ISSUER_ID, amountMinor: 1n });
  return [
    {
      reason: "STALE_GENERATION",
      when: "a leader is sent a write of a generation it has not heard of",
      provoke: () => {
        const headers = {
          "harborpoint-shard-id": String(shard.shardId),
          "harborpoint-generation": String(shard.generation + 1),
        };
        return refusalOf(contract.client(shard.leader).call(reserve, fresh(), { headers }));
      },
    },
    {
      reason: "NOT_LEADER",
      when: "a follower is sent a write",
      provoke: () => refusalOf(contract.client(shard.syncPeer).call(reserve, fresh())),
    },
    {
      reason: "NOT_LEADER",
      when: "a follower is asked linearizably",
      provoke: () => refusalOf(contract.client(shard.remote).call(getExposure, { issuerId: ISSUER_ID })),
    },
    {
      reason: "STALENESS_EXCEEDED",
      when: "a follower is asked for an age it cannot prove",
      provoke: () => {
        const consistency = { contract: { case: "bounded", value: { maxStalenessMs: 100 } } } as const;
        return refusalOf(
          contract.client(shard.syncPeer).call(getExposure, { issuerId: ISSUER_ID, consistency }),
        );
      },
    },
    {
      reason: "GENERATION_CONFLICT",
      when: "a configuration is proposed on top of one that is no longer in force",
      provoke: async () => {
        const metadata = contract.client("metadata");
        const { shardMap } = await answerOf(metadata.call(getShardMap, {}));
        const config = shardMap?.shards.find(({ shardId }) => shardId === shard.shardId);
        if (config === undefined) throw new Error(`no shard ${shard.shardId}`);
        const expectedGeneration = config.generation + 7n;
        const proposed = { ...config, generation: expectedGeneration + 1n, operationId: crypto.randomUUID() };
        const request = { expectedGeneration, config: proposed, proposer: shard.leader };
        return refusalOf(metadata.call(proposeConfig, request));
      },
    },
  ];
}
