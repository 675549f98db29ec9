import type { RecordedDecision } from "../../workload/issuer-model.ts";

/** A recorded decision of an issuer on shard 1, generation 1; an approval unless said otherwise. */
export function recorded(
  lsn: number,
  kind: RecordedDecision["kind"],
  amountMinor: number,
  particulars: Partial<Pick<RecordedDecision, "token" | "targetToken" | "declineReason" | "position">> = {},
): RecordedDecision {
  return {
    kind,
    token: `token-${lsn}`,
    targetToken: "",
    amountMinor,
    approved: particulars.declineReason === undefined,
    declineReason: "",
    position: { shardId: 1, generation: 1, lsn },
    ...particulars,
  };
}
