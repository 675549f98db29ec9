import { type HarborpointClient, StoreError } from "../../../client/index.ts";
import { forEachBounded } from "../harness/for-each-bounded.ts";
import type { History, OpenOperation } from "./history.ts";

const TIMEOUT_MS = 20_000;

/**
 * Finds out what became of every operation whose outcome is unknown. The token is fenced: a "no" is
 * final from then on, so a request that is still under way somewhere cannot take effect later.
 */
export async function resolveUnknown(history: History, client: HarborpointClient): Promise<void> {
  await forEachBounded(history.unknown, (operation) => resolve(history, operation, client));
}

async function resolve(history: History, operation: OpenOperation, client: HarborpointClient): Promise<void> {
  const { issuerId, token } = operation.request;
  const { status, decision } = await client.getTokenStatus({
    issuerId,
    token,
    mode: "FENCE",
    timeoutMs: TIMEOUT_MS,
  });
  if ((status === "APPROVED" || status === "DECLINED") && decision !== undefined) {
    history.decide(operation, decision);
  } else if (status === "FENCED" || status === "FENCED_HOME_ONLY") {
    history.refuse(operation, new StoreError("COMMIT_OUTCOME_UNKNOWN", { message: "fenced afterwards" }));
  } else {
    throw new Error(`${issuerId} ${token} is ${status} after a fence`);
  }
}
