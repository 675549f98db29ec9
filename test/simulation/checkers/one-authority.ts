import { Violation } from "../violation.ts";

/** A node that may act for the shard at this instant. */
export type Authority = { readonly nodeId: string; readonly generation: number };

/** I15: at any instant at most one node may act, and the generations that act never go back. */
export class OneAuthority {
  #newest = 0;

  /** Looks at everybody who has authority now. */
  check(authorities: readonly Authority[]): void {
    if (authorities.length > 1) {
      const names = authorities.map(({ nodeId, generation }) => `${nodeId} in ${generation}`).join(" and ");
      throw new Violation("one-authority", `${names} may act at once`);
    }
    for (const { nodeId, generation } of authorities) {
      if (generation < this.#newest) {
        throw new Violation("one-authority", `${nodeId} acts in ${generation} after ${this.#newest} did`);
      }
      this.#newest = generation;
    }
  }
}
