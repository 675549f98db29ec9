import { create } from "@bufbuild/protobuf";
import {
  type ReadLabel,
  ReadLabelSchema,
  ReadContract,
  ReplicaRole,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { generationOfLsn } from "../shard/configuration.ts";
import type { ShardStatus } from "../shard/shard-engine.ts";
import { durabilityOf, type RegionOf } from "./durability.ts";
import type { ReadPass } from "./read-gate.ts";
import type { Replica } from "./replica.ts";

/** Who answers, as labels say it. */
export type Answerer = { readonly nodeId: string; readonly region: string; readonly regionOf: RegionOf };

/** The label of an answer that was given under a pass, at the replica's applied position. */
export function readLabel(pass: ReadPass, replica: Replica, answerer: Answerer): ReadLabel {
  const { shardId, state } = replica;
  const { status, asked, served } = pass;
  const generation = BigInt(generationOfLsn(state.lineage, state.appliedLsn));
  return create(ReadLabelSchema, {
    contractAsked: asked,
    contractServed: served,
    applied: { shardId, generation, lsn: BigInt(state.appliedLsn) },
    stalenessMs: served === ReadContract.LINEARIZABLE ? 0 : undefined,
    nodeId: answerer.nodeId,
    role: roleOf(status, answerer.nodeId),
    region: answerer.region,
    durability: durabilityOf(status.configuration, answerer.regionOf),
    remoteDurableLsn: BigInt(status.remoteDurableLsn),
  });
}

/** Part a node plays for a shard; UNSPECIFIED before it has a configuration. */
export function roleOf({ configuration, isLeader }: ShardStatus, nodeId: string): ReplicaRole {
  if (configuration === undefined) return ReplicaRole.UNSPECIFIED;
  if (isLeader) return ReplicaRole.LEADER;
  return configuration.ackSet.includes(nodeId) ? ReplicaRole.SYNC_PEER : ReplicaRole.ASYNC_REPLICA;
}
