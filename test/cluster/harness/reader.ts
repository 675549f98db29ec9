import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, type Session, StoreError } from "../../../client/index.ts";
import type { Random } from "../../../common/random.ts";
import type { History } from "../history/history.ts";
import type { ExposureRead } from "../history/operation.ts";
import type { TradedIssuer } from "./traded-issuer.ts";

/** What a reading client needs. */
export interface ReaderParts {
  readonly issuers: readonly TradedIssuer[];
  readonly region: string;
  readonly client: HarborpointClient;
  /** Shared with the writers of its region: it must see their writes. */
  readonly session: Session;
  readonly history: History;
  readonly random: Random;
  readonly ended: AbortSignal;
}

const THINK_MS = 100;
const TIMEOUT_MS = 2_000;

/** Reads exposures, linearizably and within the session of the region's writers, until the load ends. */
export async function runReader(parts: ReaderParts): Promise<void> {
  const { issuers, random, history, ended } = parts;
  while (!ended.aborted) {
    const { issuerId } = issuers[random.integer(0, issuers.length - 1)];
    const contract = random.fraction() < 0.5 ? "linearizable" : "session";
    const read = await readExposure(parts, issuerId, contract);
    if (read !== undefined) history.reads.push(read);
    await sleep(THINK_MS);
  }
}

/** One read; undefined when it was refused, which a read may be while something is down. */
async function readExposure(
  { client, session, region, history }: ReaderParts,
  issuerId: string,
  contract: ExposureRead["contract"],
): Promise<ExposureRead | undefined> {
  const invokedMs = history.nowMs();
  const options = contract === "session" ? { session } : {};
  try {
    const { exposure, label } = await client.reads.getExposure(issuerId, {
      ...options,
      timeoutMs: TIMEOUT_MS,
    });
    const { exposureMinor } = exposure;
    return { issuerId, contract, region, invokedMs, exposureMinor, applied: label.applied };
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
