import { newToken } from "../../../client/index.ts";
import { AdminService } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { refusalOf } from "../call-status.ts";
import { type ContractCluster, ISSUER_ID } from "../contract-cluster.ts";
import type { ErrorCase } from "./error-case.ts";

const { reserve, getExposure } = ReservationService.method;

/** Errors that routers hide from their callers: seen by asking the nodes themselves, and errors of operators. */
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
      when: "a switchover expects a generation that is not in force",
      provoke: () => {
        const request = { shardId: shard.shardId, expectedGeneration: BigInt(shard.generation + 7) };
        return refusalOf(contract.router.call(AdminService.method.switchover, request));
      },
    },
  ];
}
