import { ErrorReason } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { GrpcCodeName } from "./grpc-code.ts";

/** Name of an error reason, as it stands in `google.rpc.ErrorInfo.reason`. */
export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/**
 * What is known about the request's effect.
 * NOT_COMMITTED: it was not recorded and never will be by this attempt.
 * UNKNOWN: it may have been recorded; only its token can tell.
 * READ: it was a read. NONE: the question does not apply.
 */
export type ErrorOutcome = "NOT_COMMITTED" | "UNKNOWN" | "READ" | "NONE";

/** What a caller does next: repeat, look the target up again and repeat, ask for the token, stop. */
export type ErrorRetry = "same-request" | "after-refresh" | "ask-token" | "never";

/** One row of the catalogue. */
export interface CatalogRow {
  /** gRPC status that carries the reason. */
  readonly status: GrpcCodeName;
  /** What is known about the request's effect. */
  readonly outcome: ErrorOutcome;
  /** What the caller does next. */
  readonly retry: ErrorRetry;
  /** Suggested wait before that, in milliseconds; absent when waiting does not help. */
  readonly retryAfterMs?: number;
  /** One sentence for people; the thrower adds particulars. */
  readonly message: string;
}

/** Every error the system can answer with. A reason is here only if some caller acts on it. */
export const ERROR_CATALOG: Readonly<Record<Reason, CatalogRow>> = {
  INVALID_REQUEST: {
    status: "INVALID_ARGUMENT",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the request is malformed",
  },
  ISSUER_NOT_FOUND: {
    status: "NOT_FOUND",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the issuer is not registered",
  },
  RESERVATION_NOT_FOUND: {
    status: "NOT_FOUND",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "there is no such reservation",
  },
  ISSUER_EXISTS: {
    status: "ALREADY_EXISTS",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the issuer is registered with other contents",
  },
  TOKEN_REUSED: {
    status: "ALREADY_EXISTS",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the token was used before with other contents",
  },
  TOKEN_EXPIRED: {
    status: "FAILED_PRECONDITION",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the token is older than the retention horizon",
  },
  STALE_GENERATION: {
    status: "FAILED_PRECONDITION",
    outcome: "NOT_COMMITTED",
    retry: "after-refresh",
    message: "the request names an older generation than the shard's",
  },
  NOT_LEADER: {
    status: "FAILED_PRECONDITION",
    outcome: "NOT_COMMITTED",
    retry: "after-refresh",
    message: "this node does not lead the shard",
  },
  WRONG_SHARD: {
    status: "FAILED_PRECONDITION",
    outcome: "NOT_COMMITTED",
    retry: "after-refresh",
    message: "the issuer does not live on this shard",
  },
  SHARD_FROZEN: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 200,
    message: "the shard takes no writes while its configuration changes",
  },
  RPO_GATE_CLOSED: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 1000,
    message: "the remote copy is too far behind to accept more",
  },
  SYNC_PEER_UNAVAILABLE: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 500,
    message: "a member of the ack set cannot confirm",
  },
  LEADER_UNREACHABLE: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 200,
    message: "the shard's leader cannot be reached",
  },
  METADATA_UNAVAILABLE: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 500,
    message: "the metadata service cannot be reached",
  },
  SHUTTING_DOWN: {
    status: "UNAVAILABLE",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 200,
    message: "the process is going away",
  },
  OVERLOADED: {
    status: "RESOURCE_EXHAUSTED",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 50,
    message: "a queue is full",
  },
  STORAGE_FULL: {
    status: "RESOURCE_EXHAUSTED",
    outcome: "NOT_COMMITTED",
    retry: "same-request",
    retryAfterMs: 30_000,
    message: "the disk is nearly full",
  },
  COMMIT_OUTCOME_UNKNOWN: {
    status: "ABORTED",
    outcome: "UNKNOWN",
    retry: "ask-token",
    retryAfterMs: 100,
    message: "the request may or may not have been recorded; ask for its token",
  },
  POSITION_NOT_REACHED: {
    status: "FAILED_PRECONDITION",
    outcome: "READ",
    retry: "after-refresh",
    message: "the replica has not applied the position the read needs",
  },
  STALENESS_EXCEEDED: {
    status: "FAILED_PRECONDITION",
    outcome: "READ",
    retry: "never",
    message: "no replica could prove the staleness bound",
  },
  SESSION_TOKEN_INVALID: {
    status: "INVALID_ARGUMENT",
    outcome: "READ",
    retry: "never",
    message: "the session token is damaged or from another cluster",
  },
  CURSOR_INVALID: {
    status: "INVALID_ARGUMENT",
    outcome: "READ",
    retry: "never",
    message: "the cursor is damaged or from another cluster",
  },
  SESSION_LOST: {
    status: "FAILED_PRECONDITION",
    outcome: "READ",
    retry: "never",
    message: "the write behind the session token was lost in a regional failover; reconcile it",
  },
  CURSOR_DIVERGED: {
    status: "OUT_OF_RANGE",
    outcome: "READ",
    retry: "never",
    message: "the cursor lies on a tail that was lost in a regional failover",
  },
  CURSOR_TOO_OLD: {
    status: "OUT_OF_RANGE",
    outcome: "READ",
    retry: "never",
    message: "the log no longer reaches back to the cursor",
  },
  GENERATION_CONFLICT: {
    status: "ABORTED",
    outcome: "NONE",
    retry: "after-refresh",
    message: "the configuration changed since it was read",
  },
  UNAUTHENTICATED: {
    status: "UNAUTHENTICATED",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the caller has no known identity",
  },
  PERMISSION_DENIED: {
    status: "PERMISSION_DENIED",
    outcome: "NOT_COMMITTED",
    retry: "never",
    message: "the caller may not do this",
  },
  WAL_CORRUPT: {
    status: "DATA_LOSS",
    outcome: "NONE",
    retry: "never",
    message: "the log of this shard is damaged on this node",
  },
};
