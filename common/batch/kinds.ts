/** Kinds of mutation, as numbered in request rows and WAL records. */
export const Kind = {
  RESERVE: 1,
  RELEASE: 2,
  SETTLE: 3,
  AMEND: 4,
  REGISTER_ISSUER: 5,
  SET_LIMIT: 6,
  TOKEN_FENCE: 7,
  /** Written by the leader alone: a reservation's time to live ran out. */
  EXPIRE: 8,
  /** Written by the leader alone: a generation begins. */
  START: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Highest kind a service may send; the others are for the cluster itself. */
export const PUBLIC_KIND_MAX = Kind.AMEND;

/** Result of one item, as numbered in result rows; the first two are recorded decisions. */
export const Outcome = { APPROVED: 1, DECLINED: 2, ERROR: 3 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Reasons of a recorded decline; numbers of `types.v1.DeclineReason`. */
export const Decline = { NONE: 0, LIMIT_EXCEEDED: 1, NOT_OPEN: 2, FENCED: 3 } as const;
export type Decline = (typeof Decline)[keyof typeof Decline];

/** Errors the batch path itself can produce; numbers of `types.v1.ErrorReason`. */
export const ItemError = {
  INVALID_REQUEST: 1,
  ISSUER_NOT_FOUND: 2,
  RESERVATION_NOT_FOUND: 3,
  ISSUER_EXISTS: 4,
  TOKEN_REUSED: 5,
  TOKEN_EXPIRED: 6,
  STALE_GENERATION: 7,
  NOT_LEADER: 8,
  WRONG_SHARD: 9,
  SHARD_FROZEN: 10,
  RPO_GATE_CLOSED: 11,
  SYNC_PEER_UNAVAILABLE: 12,
  LEADER_UNREACHABLE: 13,
  METADATA_UNAVAILABLE: 14,
  SHUTTING_DOWN: 15,
  OVERLOADED: 16,
  STORAGE_FULL: 17,
  COMMIT_OUTCOME_UNKNOWN: 18,
  WAL_CORRUPT: 29,
} as const;
export type ItemError = (typeof ItemError)[keyof typeof ItemError];

/** Names of the request fields an INVALID_REQUEST can point at; a result row carries the index. */
export const REQUEST_FIELDS = [
  "",
  "reservation_token",
  "target_reservation_token",
  "amount_minor",
  "issuer_id",
  "desk",
  "trader",
  "currency",
  "labels",
  "kind",
  "ttl_ms",
  "limit_minor",
  "rows",
  "strings",
] as const;
export type RequestField = (typeof REQUEST_FIELDS)[number];
