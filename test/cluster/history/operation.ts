import type { Decision, StoreError } from "../../../client/index.ts";
import type { OperationKind } from "../../../workload/traffic.ts";

/** A mutation as it was asked. */
export interface OperationRequest {
  readonly kind: OperationKind;
  readonly issuerId: string;
  readonly token: string;
  /** Token of the reservation that a release, settle or amend is about; else empty. */
  readonly targetToken: string;
  /** Amount of a reserve or amend, or the new limit; else 0. */
  readonly amountMinor: number;
  /** Region whose router it was sent to first. */
  readonly region: string;
}

/** What became of a mutation, as far as its caller knows. */
export type OperationEnd =
  /** The store answered with a recorded decision. */
  | { readonly type: "decided"; readonly decision: Decision }
  /** The store promised that nothing was recorded and nothing of it ever will be. */
  | { readonly type: "refused"; readonly error: StoreError }
  /** Nobody knows: it may take effect at any time after it was sent, or never. */
  | { readonly type: "unknown" };

/** One mutation of a history. Times are monotonic milliseconds of the process that ran the clients. */
export interface Operation {
  readonly request: OperationRequest;
  readonly invokedMs: number;
  readonly end: OperationEnd;
  /** When the caller learnt the end; infinite while it is unknown. */
  readonly endedMs: number;
}

/** A mutation with a decision. */
export interface DecidedOperation extends Operation {
  readonly end: Extract<OperationEnd, { readonly type: "decided" }>;
}

/** Whether a mutation was decided. */
export function isDecided(operation: Operation): operation is DecidedOperation {
  return operation.end.type === "decided";
}

/** An answer to a request that was sent again after it had been decided. */
export interface RepeatedAnswer {
  readonly operation: DecidedOperation;
  readonly decision: Decision;
}

/** One read of an issuer's exposure. */
export interface ExposureRead {
  readonly issuerId: string;
  readonly contract: "linearizable" | "session";
  /** The client that read: its own writes must be seen by a session read. */
  readonly region: string;
  readonly invokedMs: number;
  readonly exposureMinor: number;
  /** How far the replica that answered had applied the log. */
  readonly applied: Decision["label"]["position"];
}
