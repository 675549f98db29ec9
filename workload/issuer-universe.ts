import { seededRandom } from "../common/random.ts";
import { Zipf } from "./zipf.ts";

/** An issuer of the workload. */
export interface WorkloadIssuer {
  readonly issuerId: string;
  readonly homeRegion: string;
  /** ISO 4217 code. */
  readonly currency: string;
  /** Limit it is registered with. */
  readonly limitMinor: number;
  /** Share of its region's traffic, 0 to 1. */
  readonly share: number;
}

/** How issuers are made up. */
export interface UniverseOptions {
  readonly seed: number;
  readonly regions: readonly string[];
  readonly count: number;
  /** Mean amount of a reservation, minor units. */
  readonly meanAmountMinor: number;
}

const ZIPF_EXPONENT = 1.05;

/** Reservations that fit under the limits of a whole region's issuers, on average. */
const RESERVATIONS_UNDER_LIMITS = 1_000;
const RESERVATIONS_UNDER_LIMIT_MIN = 3;

/** Makes issuers up, the same ones for the same seed; within a region the busiest come first. */
export function makeIssuers(options: UniverseOptions): WorkloadIssuer[] {
  const { seed, regions, count, meanAmountMinor } = options;
  const random = seededRandom(seed);
  return regions.flatMap((homeRegion, region) => {
    const size = Math.floor(count / regions.length) + (region < count % regions.length ? 1 : 0);
    const zipf = new Zipf(size, ZIPF_EXPONENT);
    return Array.from({ length: size }, (_, rank): WorkloadIssuer => {
      const share = zipf.probability(rank);
      // Limits follow the traffic, so that busy and quiet issuers alike run into them now and then.
      const reservations = RESERVATIONS_UNDER_LIMIT_MIN + share * RESERVATIONS_UNDER_LIMITS;
      const limitMinor = Math.round(reservations * meanAmountMinor * (0.75 + random.fraction() / 2));
      return { ...nameOf(homeRegion, rank), homeRegion, limitMinor, share };
    });
  });
}

function nameOf(homeRegion: string, rank: number): { issuerId: string; currency: string } {
  const number = String(rank + 1).padStart(3, "0");
  if (homeRegion === "madrid") return { issuerId: `EUCORP-${number}`, currency: "EUR" };
  if (homeRegion === "new-york") return { issuerId: `MUNI-${number}`, currency: "USD" };
  return { issuerId: `${homeRegion.toUpperCase()}-${number}`, currency: "USD" };
}
