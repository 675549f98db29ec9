import type { Random } from "../../common/random.ts";
import { Zipf } from "../../workload/zipf.ts";

/** How a load spreads over the issuers. */
export const DISTRIBUTIONS = ["uniform", "zipf", "hot"] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** A few issuers take most of the traffic, as on a real desk. */
const ZIPF_EXPONENT = 1.05;
/** Share of the traffic that all goes to one issuer. */
const HOT_SHARE = 0.9;

/** Draws the number of the next request's issuer, 0 to count − 1. */
export function issuerChoice(distribution: Distribution, count: number, random: Random): () => number {
  const uniform = (): number => random.integer(0, count - 1);
  switch (distribution) {
    case "uniform":
      return uniform;
    case "hot":
      return () => (random.fraction() < HOT_SHARE ? 0 : uniform());
    case "zipf": {
      const zipf = new Zipf(count, ZIPF_EXPONENT);
      return () => zipf.draw(random);
    }
  }
}
