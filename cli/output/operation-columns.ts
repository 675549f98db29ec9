import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { LineageEntry } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ChangeKind } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import {
  type Operation,
  OperationKind,
  OperationPhase,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { Column } from "./listing.ts";
import { nameOf } from "./member-name.ts";

/** One line per operation. */
export const OPERATION_COLUMNS: readonly Column<Operation>[] = [
  { heading: "OPERATION", text: ({ operationId }) => operationId },
  { heading: "SHARD", text: ({ shardId }) => String(shardId) },
  { heading: "KIND", text: ({ kind }) => nameOf(OperationKind, kind) },
  { heading: "PHASE", text: ({ phase }) => nameOf(OperationPhase, phase) },
  { heading: "GEN", text: ({ generation }) => String(generation) },
  { heading: "LEADER", text: ({ plan }) => plan?.leader ?? "" },
  { heading: "OPENED", text: ({ openTime }) => instant(openTime) },
  { heading: "TOOK MS", text: ({ openTime, closeTime }) => elapsedMs(openTime, closeTime) },
  { heading: "REASON", text: ({ reason }) => reason },
  { heading: "ATTEMPT", text: ({ attempt }) => String(attempt), wide: true },
  { heading: "ACK SET", text: ({ plan }) => plan?.ackSet.join(",") ?? "", wide: true },
  { heading: "SEALED", text: ({ sealed }) => sealed.join(","), wide: true },
];

/** One line per generation of a shard. */
export const GENERATION_COLUMNS: readonly Column<LineageEntry>[] = [
  { heading: "GEN", text: ({ config }) => String(config?.generation) },
  { heading: "LEADER", text: ({ config }) => config?.leader ?? "" },
  { heading: "ACK SET", text: ({ config }) => config?.ackSet.join(",") ?? "" },
  { heading: "REMOTE", text: ({ config }) => config?.remote ?? "" },
  { heading: "START LSN", text: ({ config }) => String(config?.startLsn) },
  { heading: "CHANGE", text: ({ config }) => nameOf(ChangeKind, config?.changeKind ?? 0) },
  { heading: "PUBLISHED", text: ({ publishTime }) => instant(publishTime) },
  {
    heading: "ESTABLISHED MS",
    text: ({ publishTime, establishTime }) => elapsedMs(publishTime, establishTime),
  },
  { heading: "OPERATION", text: ({ config }) => config?.operationId ?? "", wide: true },
];

function instant(time: Timestamp | undefined): string {
  return time === undefined ? "" : timestampDate(time).toISOString();
}

/** Milliseconds from one to the other; empty while the second has not come. */
function elapsedMs(from: Timestamp | undefined, to: Timestamp | undefined): string {
  if (from === undefined || to === undefined) return "";
  return String(timestampDate(to).getTime() - timestampDate(from).getTime());
}
