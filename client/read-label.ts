import {
  Durability,
  ReadContract,
  type ReadLabel as WireLabel,
  ReplicaRole,
} from "../proto/gen/harborpoint/types/v1/types_pb.ts";
import { enumName } from "./enum-name.ts";
import { positionFromWire, type ShardPosition } from "./position.ts";

/** Which promise an answer kept and who gave it. */
export interface ReadLabel {
  readonly contractAsked: keyof typeof ReadContract;
  readonly contractServed: keyof typeof ReadContract;
  /** How far the answering replica had applied the log. */
  readonly applied: ShardPosition;
  /** Bound on the age of the answer; undefined when it is not known. */
  readonly stalenessMs: number | undefined;
  /** True when the answer may be older than was asked for. */
  readonly stale: boolean;
  readonly nodeId: string;
  readonly role: keyof typeof ReplicaRole;
  readonly region: string;
  readonly durability: keyof typeof Durability;
  /** Why a nearer replica did not answer; empty when it did. */
  readonly fallbackReason: string;
  /** Highest LSN proved durable in the remote region. */
  readonly remoteDurableLsn: number;
}

/** A label as it came over the wire. */
export function readLabelFromWire(wire: WireLabel | undefined): ReadLabel {
  return {
    contractAsked: enumName(ReadContract, wire?.contractAsked ?? 0),
    contractServed: enumName(ReadContract, wire?.contractServed ?? 0),
    applied: positionFromWire(wire?.applied),
    stalenessMs: wire?.stalenessMs,
    stale: wire?.stale ?? false,
    nodeId: wire?.nodeId ?? "",
    role: enumName(ReplicaRole, wire?.role ?? 0),
    region: wire?.region ?? "",
    durability: enumName(Durability, wire?.durability ?? 0),
    fallbackReason: wire?.fallbackReason ?? "",
    remoteDurableLsn: Number(wire?.remoteDurableLsn ?? 0n),
  };
}
