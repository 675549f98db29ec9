/** Error reasons the model refuses with; names of the error catalogue. */
export type RefusalReason =
  | "INVALID_REQUEST"
  | "ISSUER_NOT_FOUND"
  | "ISSUER_EXISTS"
  | "GENERATION_CONFLICT"
  | "SHARD_FROZEN"
  | "SYNC_PEER_UNAVAILABLE"
  | "METADATA_UNAVAILABLE"
  | "UNAUTHENTICATED";

/** Why a request was refused; the model then changed nothing. */
export type Refusal = {
  readonly refused: RefusalReason;
  /** One sentence for people. */
  readonly message: string;
  /** Path of the request field at fault, of an INVALID_REQUEST. */
  readonly field?: string;
  /** Facts for programs, decimal values. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Milliseconds after which asking again may help. */
  readonly retryAfterMs?: number;
};

/** Refuses a request for what stands in one of its fields. */
export function invalid(field: string, problem: string): Refusal {
  return { refused: "INVALID_REQUEST", field, message: `${field}: ${problem}` };
}

/** Whether an answer is a refusal. */
export function isRefusal(answer: object): answer is Refusal {
  return "refused" in answer;
}
