import { type HarborpointClient, newToken, type RegisterInput, StoreError } from "../client/index.ts";
import type { Clock } from "../common/clock.ts";
import { seededRandom } from "../common/random.ts";
import { type AuditReport, auditStore } from "./audit/audit.ts";
import { makeIssuers, type WorkloadIssuer } from "./issuer-universe.ts";
import { OperationRunner } from "./operation-runner.ts";
import { RegionLoad } from "./region-load.ts";
import { planTraffic } from "./traffic.ts";
import { WorkloadBooks } from "./workload-books.ts";

/** A region the load comes from. */
export interface WorkloadRegion {
  readonly name: string;
  readonly utcOffsetHours: number;
  /** Client of the region's router. */
  readonly client: HarborpointClient;
}

/** A whole load. */
export interface WorkloadOptions {
  readonly seed: number;
  readonly regions: readonly WorkloadRegion[];
  readonly issuers: number;
  /** Operations a second and region, on average over the day. */
  readonly perSecond: number;
  /** Milliseconds a business day takes. */
  readonly dayMs: number;
  readonly clock: Clock;
  /** Told of an operation that failed in a way none may. */
  readonly onFailure: (error: unknown) => void;
}

const MEAN_AMOUNT_MINOR = 5_000_000;
/** Mid-afternoon in Madrid, morning in New York: both desks are at work. */
const START_HOUR_UTC = 14;
const REGISTRATIONS_AT_ONCE = 32;
const CALL_TIMEOUT_MS = 30_000;
/** On a busy machine what is under way takes its time; without its outcome the audit is void. */
const DRAIN_MS = 60_000;
const CATCH_UP_MS = 30_000;

/** The demo's day at the desks: registers issuers, trades on them from all regions, keeps books, audits. */
export class Workload {
  readonly books: WorkloadBooks;
  readonly regions: readonly RegionLoad[];
  /** Region by region, within a region the busiest first. */
  readonly issuers: readonly WorkloadIssuer[];
  readonly #options: WorkloadOptions;
  readonly #abandon = new AbortController();

  constructor(options: WorkloadOptions) {
    const { seed, regions, issuers: count } = options;
    const names = regions.map(({ name }) => name);
    this.#options = options;
    this.issuers = makeIssuers({ seed, regions: names, count, meanAmountMinor: MEAN_AMOUNT_MINOR });
    this.books = new WorkloadBooks(this.issuers);
    this.regions = regions.map((region, index) => this.#regionLoad(region, index));
  }

  /**
   * Registers the issuers, each through the router of its home region. One that an earlier load
   * registered is taken over as the store has it.
   * @param onRegistered told how many are done
   */
  async registerIssuers(onRegistered: (done: number) => void = () => {}): Promise<void> {
    const next = this.issuers.values();
    let done = 0;
    const worker = async (): Promise<void> => {
      for (const issuer of next) {
        await this.#register(issuer);
        onRegistered(++done);
      }
    };
    await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, worker));
  }

  start(): void {
    for (const region of this.regions) region.start();
  }

  /** Sends nothing more and waits for what is under way; what is still unknown then stays so. */
  async stop(): Promise<void> {
    await Promise.all(this.regions.map((region) => region.stop(DRAIN_MS)));
    this.#abandon.abort();
  }

  /** Audits the store; after {@link stop}. */
  audit(): Promise<AuditReport> {
    const { regions, clock } = this.#options;
    return auditStore({ client: regions[0].client, books: this.books, clock, catchUpMsMax: CATCH_UP_MS });
  }

  #regionLoad({ name, utcOffsetHours, client }: WorkloadRegion, index: number): RegionLoad {
    const { seed, regions, perSecond, dayMs, clock, onFailure } = this.#options;
    const otherClient = regions[(index + 1) % regions.length].client;
    const traffic = {
      region: name,
      utcOffsetHours,
      perSecond,
      issuers: this.issuers,
      dayMs,
      startHourUtc: START_HOUR_UTC,
      meanAmountMinor: MEAN_AMOUNT_MINOR,
    };
    return new RegionLoad({
      region: name,
      operations: planTraffic(traffic, seededRandom(seed + index + 1)),
      runner: new OperationRunner(this.books, client, otherClient, this.#abandon.signal),
      clock,
      onFailure,
    });
  }

  async #register({ issuerId, homeRegion, currency, limitMinor }: WorkloadIssuer): Promise<void> {
    const { regions } = this.#options;
    const { client } = regions.find(({ name }) => name === homeRegion) ?? regions[0];
    const input = { token: newToken(), issuerId, currency, limitMinor, homeRegion };
    if (await isNewIssuer(client, input)) return;
    const { exposure } = await client.reads.getExposure(issuerId, { timeoutMs: CALL_TIMEOUT_MS });
    const reservations = client.reads.listOpenReservations(issuerId, { timeoutMs: CALL_TIMEOUT_MS });
    const open = await Array.fromAsync(
      reservations,
      ({ token, amountMinor }) => [token, amountMinor] as const,
    );
    this.books.adopt(issuerId, exposure.limitMinor, { ...exposure, open: new Map(open) });
  }
}

/** Registers an issuer. @returns false when it was there before, with whatever limit */
async function isNewIssuer(client: HarborpointClient, input: RegisterInput): Promise<boolean> {
  try {
    const { label } = await client.registerIssuer(input, { timeoutMs: CALL_TIMEOUT_MS });
    return !label.replayed;
  } catch (error) {
    if (error instanceof StoreError && error.reason === "ISSUER_EXISTS") return false;
    throw error;
  }
}
