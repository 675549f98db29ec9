import type { HarborpointClient } from "../../../client/index.ts";
import type { FinalStatus, FinalStatuses } from "../checks/acknowledged-survives.ts";
import type { CheckedIssuer } from "../checks/exposure-follows-history.ts";
import type { History } from "../history/history.ts";
import { forEachBounded } from "./for-each-bounded.ts";
import { sendRequest } from "./requests.ts";
import type { TradedIssuer } from "./traded-issuer.ts";

const TIMEOUT_MS = 20_000;
const PAGE_SIZE = 1_000;

/** What the store says of every token of a history. */
export async function askStatuses(history: History, client: HarborpointClient): Promise<FinalStatuses> {
  const statuses = new Map<string, FinalStatus>();
  await forEachBounded(history.operations, async ({ request: { issuerId, token } }) => {
    statuses.set(token, await client.getTokenStatus({ issuerId, token, timeoutMs: TIMEOUT_MS }));
  });
  return statuses;
}

/** Sends every decided request once more, unchanged: the answers go into the history. */
export async function repeatDecided(history: History, client: HarborpointClient): Promise<void> {
  // In one turn: the SDK makes a few batches of them.
  const answers = history.decided.map(async (operation) => {
    const decision = await sendRequest(operation.request, client, { timeoutMs: TIMEOUT_MS });
    history.repeats.push({ operation, decision });
  });
  await Promise.all(answers);
}

/** What the store says of every issuer. */
export async function observeIssuers(
  issuers: readonly TradedIssuer[],
  client: HarborpointClient,
): Promise<CheckedIssuer[]> {
  const observed: CheckedIssuer[] = [];
  await forEachBounded(issuers, async ({ issuerId, limitMinor }) => {
    const { exposure } = await client.reads.getExposure(issuerId, { timeoutMs: TIMEOUT_MS });
    const options = { timeoutMs: TIMEOUT_MS, pageSize: PAGE_SIZE };
    const open = await Array.fromAsync(client.reads.listOpenReservations(issuerId, options));
    observed.push({ issuerId, limitMinor, observed: { sums: exposure, open } });
  });
  return observed;
}

/**
 * Asks for every approved reservation by its token and by its id.
 * @returns what is wrong, one sentence for every reservation that is not found as it was approved
 */
export async function findReservations(history: History, client: HarborpointClient): Promise<string[]> {
  const findings: string[] = [];
  const reserved = history.decided.filter(
    ({ request, end }) => request.kind === "reserve" && end.decision.decision === "APPROVED",
  );
  await forEachBounded(reserved, async ({ request: { issuerId, token }, end }) => {
    const { reservationId } = end.decision;
    const found = await client.reads.getReservation({ reservationId }, { timeoutMs: TIMEOUT_MS });
    const isIt = found?.reservation.token === token && found.reservation.issuerId === issuerId;
    if (!isIt)
      findings.push(
        `reservation ${reservationId} of ${token} is ${found === undefined ? "gone" : "another"}`,
      );
  });
  return findings;
}
