import { type Clock, systemClock } from "../common/clock.ts";
import { type Random, systemRandom } from "../common/random.ts";

/** How a client behaves; only the endpoints have no default. */
export interface ClientOptions {
  /** Routers as "host:port", the nearest first; the others are used while it does not answer. */
  readonly endpoints: readonly string[];
  /** How long a call may take, retries included, unless it says otherwise; milliseconds. */
  readonly timeoutMs?: number;
  /** Rows sent to one router and not answered yet. */
  readonly rowsInFlightMax?: number;
  /** Batches sent to one router and not answered yet; beyond it rows gather into bigger ones. */
  readonly batchesInFlightMax?: number;
  /** Rows of one shard that wait for their turn; beyond it a call is refused with OVERLOADED at once. */
  readonly rowsWaitingMax?: number;
  readonly clock?: Clock;
  /** For the jitter of retries. */
  readonly random?: Random;
}

/** Options with the defaults filled in. */
export type ResolvedClientOptions = Required<ClientOptions>;

const DEFAULTS: Omit<ResolvedClientOptions, "endpoints"> = {
  timeoutMs: 5_000,
  rowsInFlightMax: 16_384, // two of the largest batches: enough to keep a leader busy over a WAN
  batchesInFlightMax: 256,
  rowsWaitingMax: 65_536,
  clock: systemClock,
  random: systemRandom,
};

/** Fills in the defaults. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  if (options.endpoints.length === 0) throw new RangeError("a client needs at least one endpoint");
  return { ...DEFAULTS, ...options };
}
