import type { HarborpointClient } from "../../client/index.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { IssuerFinal } from "./replay-report.ts";

/** Reads of exposure in progress at the same time. */
const READS_AT_ONCE = 16;

/** Where the issuers ended up, as the store says; those it does not know are left out. */
export async function readIssuerFinals(
  client: Pick<HarborpointClient, "reads">,
  issuerIds: Iterable<string>,
  timeoutMs: number,
): Promise<Map<string, IssuerFinal>> {
  const finals = new Map<string, IssuerFinal>();
  const next = new Set(issuerIds).values();
  const worker = async (): Promise<void> => {
    for (const issuerId of next) {
      const final = await readFinal(client, issuerId, timeoutMs);
      if (final !== undefined) finals.set(issuerId, final);
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
  return finals;
}

async function readFinal(
  client: Pick<HarborpointClient, "reads">,
  issuerId: string,
  timeoutMs: number,
): Promise<IssuerFinal | undefined> {
  try {
    const { exposure } = await client.reads.getExposure(issuerId, { timeoutMs });
    return {
      limitMinor: String(exposure.limitMinor),
      exposureMinor: String(exposure.exposureMinor),
      open: exposure.openCount,
      settled: exposure.settledCount,
    };
  } catch (error) {
    // A journal may name issuers that do not exist, or could not.
    if (error instanceof StoreError && error.row.retry === "never") return undefined;
    throw error;
  }
}
