import type { ReplicaReport, ShardStatus } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { ReplicaStatus } from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ErrorReason, ReplicaRole } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { Column } from "./listing.ts";
import { nameOf } from "./member-name.ts";

/** What the shard's leader last said of itself; undefined when it did not. */
export function leaderStatus({ config, replicas }: ShardStatus): ReplicaStatus | undefined {
  return replicas.find(({ nodeId }) => nodeId === config?.leader)?.status;
}

/** Whether a shard takes writes, and if not, why. */
export function writability(shard: ShardStatus): string {
  const status = leaderStatus(shard);
  if (status === undefined) return "leader silent";
  if (status.writable) return "yes";
  return nameOf(ErrorReason, status.refusal);
}

/** One line per shard. */
export const SHARD_COLUMNS: readonly Column<ShardStatus>[] = [
  { heading: "SHARD", text: ({ config }) => String(config?.shardId) },
  { heading: "HOME", text: ({ config }) => config?.homeRegion ?? "" },
  { heading: "LEADER", text: ({ config }) => config?.leader ?? "" },
  { heading: "GEN", text: ({ config }) => String(config?.generation) },
  { heading: "WRITABLE", text: writability },
  { heading: "COMMITTED", text: (shard) => String(leaderStatus(shard)?.committedLsn ?? "") },
  { heading: "REMOTE", text: (shard) => String(leaderStatus(shard)?.remoteDurableLsn ?? "") },
  { heading: "LAG MS", text: (shard) => String(leaderStatus(shard)?.remoteLagMs ?? "") },
  { heading: "ACK SET", text: ({ config }) => config?.ackSet.join(",") ?? "", wide: true },
  { heading: "REPLICAS", text: ({ config }) => config?.replicas.join(",") ?? "", wide: true },
  { heading: "WAL BYTES", text: (shard) => String(leaderStatus(shard)?.walBytes ?? ""), wide: true },
];

/** One line per replica of a shard. */
export const REPLICA_COLUMNS: readonly Column<ReplicaReport>[] = [
  { heading: "NODE", text: ({ nodeId }) => nodeId },
  {
    heading: "ROLE",
    text: ({ status }) => (status === undefined ? "silent" : nameOf(ReplicaRole, status.role)),
  },
  { heading: "GEN", text: ({ status }) => String(status?.generation ?? "") },
  { heading: "DURABLE", text: ({ status }) => String(status?.durableLsn ?? "") },
  { heading: "COMMITTED", text: ({ status }) => String(status?.committedLsn ?? "") },
  { heading: "APPLIED", text: ({ status }) => String(status?.appliedLsn ?? "") },
  {
    heading: "STATE",
    text: ({ status }) =>
      Buffer.from(status?.stateHash ?? [])
        .toString("hex")
        .slice(0, 16),
  },
  { heading: "PROMISED", text: ({ status }) => String(status?.promisedGeneration ?? ""), wide: true },
  { heading: "WAL BYTES", text: ({ status }) => String(status?.walBytes ?? ""), wide: true },
];
