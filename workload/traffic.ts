import type { Random } from "../common/random.ts";
import { activity } from "./follow-the-sun.ts";
import type { WorkloadIssuer } from "./issuer-universe.ts";
import { Zipf } from "./zipf.ts";

/** What a planned operation does. */
export type OperationKind = "reserve" | "release" | "settle" | "amend" | "limit";

/** One operation, planned without knowing any answer. */
export interface PlannedOperation {
  /** When it is to be sent, milliseconds from the start of the load. */
  readonly atMs: number;
  readonly kind: OperationKind;
  readonly issuer: WorkloadIssuer;
  /** Amount of a reserve or amend, minor units. */
  readonly amountMinor: number;
  /** Which reservation a release, settle or amend is about, as a fraction of those there are then. */
  readonly pick: number;
  /** Aims at a reservation that is closed already. */
  readonly aimsAtClosed: boolean;
  /** The client repeats the request after its answer, as if it had missed it. */
  readonly repeats: boolean;
  readonly desk: string;
  readonly trader: string;
}

/** One region's part of the load. */
export interface RegionTraffic {
  readonly region: string;
  readonly utcOffsetHours: number;
  /** Operations a second, on average over the day. */
  readonly perSecond: number;
  /** Issuers of the region's own, busiest first, and of the other regions. */
  readonly issuers: readonly WorkloadIssuer[];
  /** Milliseconds a business day takes. */
  readonly dayMs: number;
  /** Hour of the day, UTC, at which the load starts. */
  readonly startHourUtc: number;
  readonly meanAmountMinor: number;
}

/** Share of operations on issuers at home in another region: each pays the WAN hop. */
const FOREIGN_SHARE = 0.2;
/** Share of operations that all go to the busiest issuer, whoever asks. */
const HOT_SHARE = 0.05;
const CLOSED_SHARE = 0.03;
const REPEAT_SHARE = 0.02;
const ZIPF_EXPONENT = 1.05;
const DESKS = ["GOV", "CORP", "MUNI", "AGENCY"];

/** Cumulative shares of the kinds. */
const KINDS: readonly (readonly [number, OperationKind])[] = [
  [0.55, "reserve"],
  [0.75, "release"],
  [0.85, "settle"],
  [0.985, "amend"],
  [1, "limit"],
];

/** Plans one region's operations one after the other: the same ones for the same randomness. */
export function* planTraffic(traffic: RegionTraffic, random: Random): Generator<PlannedOperation, never> {
  const own = traffic.issuers.filter((issuer) => issuer.homeRegion === traffic.region);
  const foreign = traffic.issuers.filter((issuer) => issuer.homeRegion !== traffic.region);
  const ownZipf = new Zipf(own.length, ZIPF_EXPONENT);
  const foreignZipf = new Zipf(Math.max(1, foreign.length), ZIPF_EXPONENT);
  const chooseIssuer = (): WorkloadIssuer => {
    const fraction = random.fraction();
    if (fraction < HOT_SHARE) return traffic.issuers[0];
    if (fraction < HOT_SHARE + FOREIGN_SHARE && foreign.length > 0) return foreign[foreignZipf.draw(random)];
    return own[ownZipf.draw(random)];
  };
  let atMs = 0;
  for (;;) {
    const hourUtc = traffic.startHourUtc + (atMs / traffic.dayMs) * 24;
    const perSecond = traffic.perSecond * activity(hourUtc, traffic.utcOffsetHours);
    // Callers do not wait for each other: independent arrivals have exponential gaps.
    atMs += (-Math.log(1 - random.fraction()) * 1000) / perSecond;
    yield {
      atMs,
      kind: chooseKind(random.fraction()),
      issuer: chooseIssuer(),
      amountMinor: chooseAmount(traffic.meanAmountMinor, random),
      pick: random.fraction(),
      aimsAtClosed: random.fraction() < CLOSED_SHARE,
      repeats: random.fraction() < REPEAT_SHARE,
      desk: `${traffic.region.slice(0, 3).toUpperCase()}-${DESKS[random.integer(0, DESKS.length - 1)]}`,
      trader: `t${String(random.integer(1, 120)).padStart(3, "0")}`,
    };
  }
}

function chooseKind(fraction: number): OperationKind {
  for (const [share, kind] of KINDS) if (fraction < share) return kind;
  return "reserve";
}

/** Mostly round lots of a fraction of the mean, now and then a block of many times it. */
function chooseAmount(meanMinor: number, random: Random): number {
  return Math.max(1, Math.round(-Math.log(1 - random.fraction()) * meanMinor));
}
