/** Columns of an order journal, in the order they are written. */
export const JOURNAL_COLUMNS = [
  "seq",
  "ts_ms",
  "region",
  "action",
  "token",
  "issuer_id",
  "amount_minor",
  "ref_token",
  "desk",
  "trader",
  "home_region",
] as const;

/** One line of a journal, its fields as they were written: what is wrong with them is for the store to say. */
export interface JournalLine {
  /** Place of the line; unique, and the order in which lines of one issuer are applied. */
  readonly seq: number;
  readonly tsMs: string;
  /** Region through whose router it is sent. */
  readonly region: string;
  /** register, limit, reserve, release, settle or amend. */
  readonly action: string;
  /** Token of the request; register and limit have none. */
  readonly token: string;
  readonly issuerId: string;
  /** Amount of a reserve or amend, limit of a register or limit. */
  readonly amountMinor: string;
  /** Token of the reservation that a release, settle or amend is about. */
  readonly refToken: string;
  readonly desk: string;
  readonly trader: string;
  readonly homeRegion: string;
}
