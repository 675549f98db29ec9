import { Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { ShardConfiguration } from "../shard/configuration.ts";

/** Region of a node by its id; "" when the node is not known. */
export type RegionOf = (nodeId: string) => string;

/**
 * Where an acknowledged write of a configuration is durable. Computed from the ack set and the
 * regions of its members, never stored.
 */
export function durabilityOf(configuration: ShardConfiguration | undefined, regionOf: RegionOf): Durability {
  if (configuration === undefined) return Durability.UNSPECIFIED;
  const { ackSet, leader } = configuration;
  if (ackSet.length === 1) return Durability.SINGLE_COPY;
  const home = regionOf(leader);
  return ackSet.every((member) => regionOf(member) === home) ? Durability.LOCAL_SYNC : Durability.GEO_SYNC;
}
