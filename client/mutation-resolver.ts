import { StoreError } from "../common/errors/store-error.ts";
import type { Random } from "../common/random.ts";
import type { Answered } from "./answer-age.ts";
import { Attempts } from "./attempts.ts";
import type { Deadline } from "./deadline.ts";
import type { Decision } from "./decision.ts";
import { isSamePosition } from "./position.ts";
import type { TokenStatusAnswer, TokenStatusQuery } from "./token-status.ts";

/** One mutation to see through. */
export interface PendingMutation {
  readonly issuerId: string;
  readonly token: string;
  readonly deadline: Deadline;
  /** Sends it, always with the same token. */
  attempt(): Promise<Answered>;
}

/** The part of a token's status that settles a doubt. */
type Settled = Pick<TokenStatusAnswer, "status" | "decision">;

/** Statuses of a token that will still become another one. */
const UNDER_WAY: ReadonlySet<TokenStatusAnswer["status"]> = new Set(["IN_FLIGHT", "COMMITTED_UNPROTECTED"]);

/** Asks for a token, repeating what can be repeated. */
type AskToken = (query: TokenStatusQuery) => Promise<TokenStatusAnswer>;

/**
 * Sees a mutation through to its decision within the caller's deadline. What the catalogue calls
 * repeatable is repeated; what is unknown is resolved by asking for the token, and only then is the
 * same request sent again: the store compares its contents with what the token is bound to, and
 * replays or decides. Nothing is ever sent under another token.
 */
export class MutationResolver {
  readonly #askToken: AskToken;
  readonly #random: Random;

  constructor(askToken: AskToken, random: Random) {
    this.#askToken = askToken;
    this.#random = random;
  }

  /** The decision; rejects with a StoreError, which names the token when the outcome is unknown. */
  async resolve(mutation: PendingMutation): Promise<Decision> {
    try {
      return await this.#untilDecided(mutation);
    } catch (error) {
      throw error instanceof StoreError ? namingToken(error, mutation.token) : error;
    }
  }

  async #untilDecided(mutation: PendingMutation): Promise<Decision> {
    const attempts = new Attempts(mutation.deadline, this.#random);
    for (;;) {
      try {
        const { decision, late } = await mutation.attempt();
        if (!late) return decision;
        attempts.doubt();
        if (await this.#confirms(mutation, decision, attempts)) return decision;
      } catch (error) {
        if (!(error instanceof StoreError) || error.row.retry === "never") throw error;
        await attempts.pause(error);
        if (error.row.retry === "ask-token") await this.#untilSettled(mutation, attempts);
      }
    }
  }

  /** Whether the token, asked now, tells the same as an approval that came late. */
  async #confirms(mutation: PendingMutation, decision: Decision, attempts: Attempts): Promise<boolean> {
    const recorded = (await this.#untilSettled(mutation, attempts)).decision;
    return recorded !== undefined && isSamePosition(recorded.label.position, decision.label.position);
  }

  /** Asks for the token until nothing is under way any more. */
  async #untilSettled(mutation: PendingMutation, attempts: Attempts): Promise<Settled> {
    for (;;) {
      const settled = await this.#ask(mutation);
      if (settled.status === "EXPIRED") throw new StoreError("TOKEN_EXPIRED");
      if (!UNDER_WAY.has(settled.status)) return settled;
      await attempts.pause(unknown(`the token is ${settled.status}`));
    }
  }

  async #ask({ issuerId, token, deadline }: PendingMutation): Promise<Settled> {
    try {
      return await this.#askToken({ issuerId, token, timeoutMs: deadline.remainingMs() });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A registration that never reached the leader leaves no issuer to ask about.
      if (error.reason === "ISSUER_NOT_FOUND") return { status: "NOT_FOUND", decision: undefined };
      throw unknown(`the token could not be asked for: ${error.message}`, error);
    }
  }
}

function unknown(message: string, cause?: StoreError): StoreError {
  return new StoreError("COMMIT_OUTCOME_UNKNOWN", { message, cause });
}

/** Whoever let the client make the token needs it to find out what became of it. */
function namingToken(error: StoreError, reservationToken: string): StoreError {
  if (error.row.outcome !== "UNKNOWN") return error;
  const { message, metadata, cause } = error;
  return new StoreError(error.reason, { message, cause, metadata: { ...metadata, reservationToken } });
}
