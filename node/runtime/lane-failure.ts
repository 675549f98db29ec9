/**
 * A lane's thread threw: nobody knows any more what is on disk. Nothing of the lane settles well
 * after it; the process logs it and ends, and the next one recovers.
 */
export class LaneFailure extends Error {
  readonly lane: number;

  constructor(lane: number, cause: unknown) {
    super(`lane ${lane} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "LaneFailure";
    this.lane = lane;
  }
}
