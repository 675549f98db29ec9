import { Outcome } from "../common/batch/kinds.ts";
import type { MutationResultFields } from "../common/batch/result-batch.ts";
import { formatReservationId } from "../common/tokens/reservation-id.ts";
import type {
  MutationOutcome,
  ShardSession,
} from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  Decision as WireDecision,
  DeclineReason,
  Durability,
} from "../proto/gen/harborpoint/types/v1/types_pb.ts";
import { enumName } from "./enum-name.ts";
import { positionFromWire, type ShardPosition } from "./position.ts";

/** Why a mutation was declined. */
export type DeclineReasonName = "LIMIT_EXCEEDED" | "NOT_OPEN" | "FENCED" | "UNSPECIFIED";

/** Where an acknowledged write was durable when it was acknowledged. */
export type DurabilityName = keyof typeof Durability;

/** Where a decision lies and what it is worth. */
export interface WriteLabel {
  /** Position of the record that holds it; the original one when replayed. */
  readonly position: ShardPosition;
  /** Opaque; a read that carries it sees this write. */
  readonly sessionToken: string;
  readonly durability: DurabilityName;
  /** True when an earlier request with the same token had recorded it. */
  readonly replayed: boolean;
  /** Limit minus exposure after the record; may be negative, unset on replayed answers. */
  readonly remainingHeadroomMinor: number | undefined;
}

/** What every decision says. */
interface Decided {
  /** Token of the request that it answers. */
  readonly token: string;
  /** Reservation the request made or wanted to change; empty on a declined reserve, for issuers and limits. */
  readonly reservationId: string;
  readonly label: WriteLabel;
}

/** The mutation took effect. */
export interface Approved extends Decided {
  readonly decision: "APPROVED";
}

/** The business rules refused it; the token is bound to this answer. */
export interface Declined extends Decided {
  readonly decision: "DECLINED";
  readonly reason: DeclineReasonName;
}

/** The recorded answer to a mutation: a value, never an error. */
export type Decision = Approved | Declined;

/** A decision as it came over the wire as a message. */
export function decisionFromOutcome(outcome: MutationOutcome, token: string): Decision {
  const wire = outcome.label;
  const headroomMinor = wire?.remainingHeadroomMinor;
  const label: WriteLabel = {
    position: positionFromWire(wire?.position),
    sessionToken: wire?.sessionToken ?? "",
    durability: enumName(Durability, wire?.durability ?? 0),
    replayed: wire?.replayed ?? false,
    remainingHeadroomMinor: headroomMinor === undefined ? undefined : Number(headroomMinor),
  };
  const approved = outcome.decision === WireDecision.APPROVED;
  const facts = { token, reservationId: outcome.reservationId, label };
  return decided(approved, outcome.declineReason, facts);
}

/** A decision as it came over the wire in a row, with the session of its shard. */
export function decisionFromRow(
  row: MutationResultFields,
  session: ShardSession | undefined,
  token: string,
): Decision {
  const { shardId, generation, lsn, replayed } = row;
  const label: WriteLabel = {
    position: { shardId, generation, lsn },
    sessionToken: session?.sessionToken ?? "",
    durability: enumName(Durability, session?.durability ?? 0),
    replayed,
    remainingHeadroomMinor: replayed ? undefined : row.headroomMinor,
  };
  const facts = { token, reservationId: reservationIdOf(row), label };
  return decided(row.outcome === Outcome.APPROVED, row.reason, facts);
}

function decided(approved: boolean, reason: number, facts: Decided): Decision {
  if (approved) return { decision: "APPROVED", ...facts };
  return { decision: "DECLINED", reason: enumName(DeclineReason, reason), ...facts };
}

function reservationIdOf(row: MutationResultFields): string {
  if (row.reservationLsn === 0) return "";
  const { shardId, reservationGeneration: generation, reservationLsn: lsn } = row;
  return formatReservationId({ shardId, generation, lsn });
}
