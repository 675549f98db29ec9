/** How patient operations and what triggers them are, in milliseconds. */
export type OperationTimings = {
  /** A leader that said nothing for this long is replaced. */
  readonly suspicionMs: number;
  /** A leader that lives but may not acknowledge for this long is replaced. */
  readonly noAuthorityMs: number;
  /** An ack-set member other than the leader that said nothing for this long is replaced. */
  readonly memberLostMs: number;
  /** A node at home must have kept up for this long before it returns to the ack set. */
  readonly caughtUpForMs: number;
  /** Between two changes that a shard with authority does not need. */
  readonly calmMs: number;
  /** The node an operation would like to lead has this long to answer the seal. */
  readonly sealAnswerMs: number;
  /** An unanswered seal is asked for again this often. */
  readonly sealAgainMs: number;
  /** A published leader has this long to start its generation. */
  readonly establishMs: number;
  /** A grantor stands by its grant this long. */
  readonly grantKeptMs: number;
  /** This service stands by its lease this long. */
  readonly leaseKeptMs: number;
};

/** What the protocol asks for; signs of life come every 250 ms. */
export const DEFAULT_OPERATION_TIMINGS: OperationTimings = {
  suspicionMs: 2000,
  noAuthorityMs: 3500,
  memberLostMs: 1750,
  caughtUpForMs: 3000,
  calmMs: 30_000,
  sealAnswerMs: 1500,
  sealAgainMs: 500,
  establishMs: 7000,
  grantKeptMs: 4240,
  leaseKeptMs: 3230,
};
