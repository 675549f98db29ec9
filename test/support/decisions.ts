import type { Approved, Declined, WriteLabel } from "../../client/index.ts";

const LABEL: Omit<WriteLabel, "position"> = {
  sessionToken: "",
  durability: "LOCAL_SYNC",
  replayed: false,
  remainingHeadroomMinor: 0,
};

/** An approval at a position of shard 1, generation 1, unless the label says otherwise. */
export function approvedAt(lsn: number, label: Partial<WriteLabel> = {}): Approved {
  const position = { shardId: 1, generation: 1, lsn };
  return { decision: "APPROVED", token: "", reservationId: "", label: { ...LABEL, position, ...label } };
}

/** A decline at such a position. */
export function declinedAt(lsn: number, reason: Declined["reason"]): Declined {
  return { ...approvedAt(lsn), decision: "DECLINED", reason };
}
