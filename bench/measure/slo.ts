/** A latency that a share of the requests must keep. */
export interface Slo {
  /** 0 to 100. */
  readonly percentile: number;
  readonly ms: number;
}

/** Reads an objective such as `p99=20ms` or `p99.9=250ms`; undefined when it is none. */
export function parseSlo(text: string): Slo | undefined {
  const [, digits, ms] = /^p(\d{1,2}(?:\.\d+)?)=(\d+(?:\.\d+)?)ms$/.exec(text) ?? [];
  if (digits === undefined || !(Number(digits) > 0) || !(Number(ms) > 0)) return undefined;
  return { percentile: Number(digits), ms: Number(ms) };
}
