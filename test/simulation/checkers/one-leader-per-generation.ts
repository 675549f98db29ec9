import { Violation } from "../violation.ts";

/** I1: a generation has one leader, and only that node creates frames in it. */
export class OneLeaderPerGeneration {
  readonly #leaders = new Map<number, string>();

  /** A node built a frame in a generation. */
  onFrameBuilt(nodeId: string, generation: number): void {
    const leader = this.#leaders.get(generation) ?? nodeId;
    if (leader !== nodeId) {
      throw new Violation(
        "one-leader-per-generation",
        `${leader} and ${nodeId} both lead generation ${generation}`,
      );
    }
    this.#leaders.set(generation, nodeId);
  }
}
