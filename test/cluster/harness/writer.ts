import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, type Session, StoreError } from "../../../client/index.ts";
import type { Random } from "../../../common/random.ts";
import type { History, OpenOperation } from "../history/history.ts";
import { isDecided } from "../history/operation.ts";
import { drawRequest, sendRequest } from "./requests.ts";
import type { TradedIssuer } from "./traded-issuer.ts";

/** What one client of an issuer needs. */
export interface WriterParts {
  readonly issuer: TradedIssuer;
  readonly region: string;
  /** Through its own region's router. */
  readonly client: HarborpointClient;
  /** Through the other region's: repetitions go there. */
  readonly otherClient: HarborpointClient;
  readonly session: Session;
  readonly history: History;
  readonly random: Random;
  /** Aborted when the load ends. */
  readonly ended: AbortSignal;
}

/** Pause between two requests, milliseconds. */
const THINK_MS = 50;
/** How long the SDK tries one request. */
const TIMEOUT_MS = 3_000;
/** Share of requests that are sent again after their answer. */
const REPEAT_SHARE = 0.05;

/**
 * One client of one issuer: a request at a time until the load ends. A request whose outcome is
 * unknown is sent again, unchanged, until there is a decision; nothing else is believed of it.
 */
export async function runWriter(parts: WriterParts): Promise<void> {
  const { issuer, region, history, random, ended } = parts;
  while (!ended.aborted) {
    const operation = history.begin(drawRequest(issuer, region, random));
    await decide(parts, operation);
    if (isDecided(operation)) await afterDecision(parts, operation);
    await sleep(THINK_MS);
  }
}

async function decide(parts: WriterParts, operation: OpenOperation): Promise<void> {
  const { client, session, history, ended } = parts;
  let isInDoubt = false;
  do {
    try {
      history.decide(
        operation,
        await sendRequest(operation.request, client, { session, timeoutMs: TIMEOUT_MS }),
      );
      return;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A refusal speaks for its own attempt only: an earlier one may still have been recorded.
      isInDoubt ||= error.row.outcome === "UNKNOWN";
      if (!isInDoubt) return history.refuse(operation, error);
      await sleep(THINK_MS);
    }
  } while (!ended.aborted);
}

async function afterDecision(
  { issuer, otherClient, history, random }: WriterParts,
  operation: OpenOperation,
): Promise<void> {
  if (!isDecided(operation)) return;
  const { request, end } = operation;
  if (request.kind === "reserve" && end.decision.decision === "APPROVED") issuer.pool.add(request.token);
  if (random.fraction() >= REPEAT_SHARE) return;
  try {
    const decision = await sendRequest(request, otherClient, { timeoutMs: TIMEOUT_MS });
    history.repeats.push({ operation, decision });
  } catch (error) {
    // No answer is no contradiction.
    if (!(error instanceof StoreError)) throw error;
  }
}
