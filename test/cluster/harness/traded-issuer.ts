import { type HarborpointClient, newToken } from "../../../client/index.ts";
import { ReservationPool } from "../../../workload/reservation-pool.ts";
import { forEachBounded } from "./for-each-bounded.ts";

/** An issuer that clients of a test trade on. */
export interface TradedIssuer {
  readonly issuerId: string;
  readonly shardId: number;
  /** Limit at registration, minor units. */
  readonly limitMinor: number;
  /** Reservations that its clients know to be open, shared by all of them. */
  readonly pool: ReservationPool;
}

/** Mean amount of a reservation, minor units. */
export const MEAN_AMOUNT_MINOR = 1_000;
/** Some forty reservations fit: limits are met within seconds, and declines are part of every history. */
const LIMIT_MINOR = 40 * MEAN_AMOUNT_MINOR;
const PER_REGION = 3;
const TIMEOUT_MS = 30_000;

/** Registers issuers of their own for one run, at home in every region. */
export async function registerTradedIssuers(
  client: HarborpointClient,
  regions: readonly string[],
  run: string,
): Promise<TradedIssuer[]> {
  const wanted = regions.flatMap((homeRegion) =>
    Array.from({ length: PER_REGION }, (_, index) => ({
      homeRegion,
      issuerId: `${run}-${homeRegion}-${index}`,
    })),
  );
  const registered: TradedIssuer[] = [];
  await forEachBounded(wanted, async ({ homeRegion, issuerId }) => {
    const input = { token: newToken(), issuerId, homeRegion, currency: "EUR", limitMinor: LIMIT_MINOR };
    const { label } = await client.registerIssuer(input, { timeoutMs: TIMEOUT_MS });
    const pool = new ReservationPool();
    registered.push({ issuerId, shardId: label.position.shardId, limitMinor: LIMIT_MINOR, pool });
  });
  return registered;
}
