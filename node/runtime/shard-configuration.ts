import { parse } from "uuid";
import type { ShardConfig } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { ShardConfiguration } from "../shard/configuration.ts";

/** A published configuration in the engine's terms. */
export function shardConfiguration(config: ShardConfig): ShardConfiguration {
  return {
    shardId: config.shardId,
    generation: Number(config.generation),
    incarnation: parse(config.incarnation),
    leader: config.leader,
    ackSet: config.ackSet,
    remote: config.remote,
    replicas: config.replicas,
    startLsn: Number(config.startLsn),
    operationId: config.operationId,
    established: config.established,
  };
}
