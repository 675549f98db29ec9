/** A region of a local cluster. */
export interface RegionShape {
  readonly name: string;
  /** IANA time zone of its business day. */
  readonly timeZone: string;
  /** Standard time of its clocks, for the load. */
  readonly utcOffsetHours: number;
  /** Availability zones; one node stands in each. */
  readonly zones: readonly string[];
}

/** What a local cluster looks like. */
export interface ClusterShape {
  readonly regions: readonly RegionShape[];
  readonly shards: number;
  /** Delay between any two sites, one way, milliseconds. */
  readonly wanDelayMs: number;
}

/** Where the metadata service stands: in none of the regions. */
export const METADATA_SITE = "third-site";

/** Two regions with two nodes each. */
export const MADRID_AND_NEW_YORK: readonly RegionShape[] = [
  { name: "madrid", timeZone: "Europe/Madrid", utcOffsetHours: 1, zones: ["mad-a", "mad-b"] },
  { name: "new-york", timeZone: "America/New_York", utcOffsetHours: -5, zones: ["nyc-a", "nyc-b"] },
];
