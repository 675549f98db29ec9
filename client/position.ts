import type { LogPosition as WirePosition } from "../proto/gen/harborpoint/types/v1/types_pb.ts";

/** A place in one shard's history. */
export interface ShardPosition {
  readonly shardId: number;
  readonly generation: number;
  readonly lsn: number;
}

/** The place before the first record of an unknown shard. */
const NOWHERE: ShardPosition = { shardId: 0, generation: 0, lsn: 0 };

/** A position as it came over the wire. */
export function positionFromWire(wire: WirePosition | undefined): ShardPosition {
  if (wire === undefined) return NOWHERE;
  return { shardId: wire.shardId, generation: Number(wire.generation), lsn: Number(wire.lsn) };
}

/** Whether two positions of one shard are in this order. */
export function isBefore(a: ShardPosition, b: ShardPosition): boolean {
  return a.generation < b.generation || (a.generation === b.generation && a.lsn < b.lsn);
}

/** Whether two positions name the same record. */
export function isSamePosition(a: ShardPosition, b: ShardPosition): boolean {
  return a.shardId === b.shardId && a.generation === b.generation && a.lsn === b.lsn;
}
