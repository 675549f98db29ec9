import type { Reason } from "../../../common/errors/catalog.ts";
import type { WireStatus } from "../../support/wire-status.ts";

/** A way to get one error out of a running system. */
export interface ErrorCase {
  readonly reason: Reason;
  /** What is done, for the name of the test. */
  readonly when: string;
  /** Request field that must be named; none when absent. */
  readonly field?: string;
  /** Does it. @returns the status of the call that was refused */
  readonly provoke: () => Promise<WireStatus>;
}
