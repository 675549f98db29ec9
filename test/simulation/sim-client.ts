import { ItemError, Kind, Outcome, PUBLIC_KIND_MAX } from "../../common/batch/kinds.ts";
import { MutationBatchBuilder, type MutationFields } from "../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import { formatToken } from "../../common/batch/token.ts";
import type { SubmitRequest } from "../../node/shard/events.ts";
import type { OneTokenOneOutcome } from "./checkers/one-token-one-outcome.ts";
import type { World } from "./world.ts";

/** Answers older than this are not believed: the client asks for the token instead. */
const CLIENT_LIMIT_MS = 1000;

/** Sends a request towards the shard's leader; the reply may never come. */
export type Submit = (
  request: Omit<SubmitRequest, "ticket">,
  onReply: (results: ResultBatch) => void,
) => void;

type Attempt = { readonly fields: MutationFields; tries: number };

const TIMEOUT_MS = 1500;
const TRIES_MAX = 5;
const RETRY_MS = 200;
/** Old tokens a client remembers for late retries and changes. */
const MEMORY_MAX = 200;

/**
 * A desk: unique tokens, several mutations in flight, every lost or retryable answer asked again
 * under the same token, and now and then an old request once more.
 */
export class SimClient {
  readonly #world: World;
  readonly #submit: Submit;
  readonly #answers: OneTokenOneOutcome;
  readonly #onAcknowledged: (lsn: number) => void;
  readonly #issuers: readonly string[];
  readonly #region: string;
  #reserved: MutationFields[] = [];
  #sent: MutationFields[] = [];
  #isStopped = false;
  operations = 0;

  constructor(
    world: World,
    submit: Submit,
    answers: OneTokenOneOutcome,
    onAcknowledged: (lsn: number) => void,
    issuers: readonly string[],
    region: string,
  ) {
    this.#world = world;
    this.#submit = submit;
    this.#answers = answers;
    this.#onAcknowledged = onAcknowledged;
    this.#issuers = issuers;
    this.#region = region;
  }

  /** Registers the issuers, then sends batches at random intervals until stopped. */
  run(meanIntervalMs: number, batchMax: number, limitMinor: number): void {
    for (const issuerId of this.#issuers) {
      const fields = {
        kind: Kind.REGISTER_ISSUER,
        token: this.#token(),
        issuerId,
        currency: "EUR",
        amountMinor: limitMinor,
      };
      this.#send([{ fields, tries: 0 }]);
    }
    const next = (): void => {
      if (this.#isStopped) return;
      const count = this.#world.random.integer(1, batchMax);
      const batch = Array.from({ length: count }, () => ({ fields: this.#draw(limitMinor), tries: 0 }));
      this.#send(batch);
      this.#world.after(this.#world.random.fraction() * 2 * meanIntervalMs, next);
    };
    this.#world.after(50, next);
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Sends one reserve and says when it has an answer. */
  probe(onDecided: () => void): void {
    const fields = this.#reserve(1);
    this.#send([{ fields, tries: 0 }], onDecided);
  }

  #draw(limitMinor: number): MutationFields {
    const roll = this.#world.random.fraction();
    if (roll < 0.05 && this.#sent.length > 0) return this.#again();
    if (roll < 0.07 && this.#sent.length > 0) {
      this.#world.cover("token reused");
      return {
        ...this.#world.pick(this.#sent),
        amountMinor: this.#world.random.integer(1, 1000),
        desk: "other",
      };
    }
    if (roll < 0.09)
      return this.#fields(Kind.SET_LIMIT, { amountMinor: this.#world.random.integer(0, limitMinor * 2) });
    if (roll < 0.1) return this.#fields(Kind.TOKEN_FENCE, {});
    if (roll < 0.45 && this.#reserved.length > 0) return this.#change(limitMinor);
    return this.#reserve(limitMinor / 8);
  }

  #again(): MutationFields {
    this.#world.cover("late retry");
    return this.#world.pick(this.#sent);
  }

  #reserve(amountMax: number): MutationFields {
    const amountMinor = this.#world.random.integer(1, Math.max(1, Math.floor(amountMax)));
    const ttlMs = this.#world.chance(0.1) ? this.#world.random.integer(100, 60_000) : 0;
    const fields = this.#fields(Kind.RESERVE, { amountMinor, ttlMs });
    this.#reserved = remember(this.#reserved, fields);
    return fields;
  }

  #change(limitMinor: number): MutationFields {
    const target = this.#world.pick(this.#reserved);
    const kind = this.#world.pick([Kind.RELEASE, Kind.RELEASE, Kind.SETTLE, Kind.AMEND]);
    const amountMinor = kind === Kind.AMEND ? this.#world.random.integer(1, Math.floor(limitMinor / 4)) : 0;
    return { ...this.#fields(kind, { amountMinor, targetToken: target.token }), issuerId: target.issuerId };
  }

  #fields(kind: MutationFields["kind"], rest: Partial<MutationFields>): MutationFields {
    return { kind, token: this.#token(), issuerId: this.#world.pick(this.#issuers), desk: "desk", ...rest };
  }

  #send(attempts: Attempt[], onDecided?: () => void): void {
    const builder = new MutationBatchBuilder();
    for (const { fields } of attempts) {
      builder.add(fields);
      // Requests that must get through are not imitated: an imitation could bind their token first.
      if (onDecided === undefined && fields.kind !== Kind.REGISTER_ISSUER)
        this.#sent = remember(this.#sent, fields);
    }
    this.operations += attempts.length;
    let isAnswered = false;
    const askedMs = this.#world.nowMs;
    const answer = (results: ResultBatch | undefined): void => {
      if (isAnswered) return;
      isAnswered = true;
      const isTimely = this.#world.nowMs - askedMs <= CLIENT_LIMIT_MS;
      if (results !== undefined && !isTimely) this.#world.cover("answer past the client limit");
      this.#onAnswer(attempts, isTimely ? results : undefined, onDecided);
    };
    const request = {
      batch: builder.take(),
      generation: 0,
      kindMax: Math.max(PUBLIC_KIND_MAX, Kind.TOKEN_FENCE),
      region: this.#region,
      deadlineMs: this.#world.nowMs + TIMEOUT_MS,
    };
    this.#submit(request, answer);
    this.#world.after(TIMEOUT_MS + 200, () => answer(undefined));
  }

  #onAnswer(attempts: readonly Attempt[], results: ResultBatch | undefined, onDecided?: () => void): void {
    const again: Attempt[] = [];
    attempts.forEach((attempt, row) => {
      const result = results?.read(row);
      const isRetryable =
        result === undefined || (result.outcome === Outcome.ERROR && RETRYABLE.has(result.reason));
      if (result !== undefined && result.outcome !== Outcome.ERROR) {
        this.#onAcknowledged(result.lsn);
        this.#answers.onAnswer(attempt.fields.issuerId, formatToken(attempt.fields.token), result);
        this.#world.cover(`decision ${result.outcome}/${result.reason}${result.replayed ? " replayed" : ""}`);
        onDecided?.();
      } else if (result !== undefined) this.#world.cover(`error ${result.reason}`);
      else this.#world.cover("timeout");
      const isPatient = onDecided !== undefined || attempt.fields.kind === Kind.REGISTER_ISSUER;
      const triesMax = isPatient ? Number.POSITIVE_INFINITY : TRIES_MAX;
      if (isRetryable && attempt.tries + 1 < triesMax) again.push({ ...attempt, tries: attempt.tries + 1 });
    });
    if (again.length > 0)
      this.#world.after(this.#world.delay(RETRY_MS, RETRY_MS * 3), () => this.#send(again, onDecided));
  }

  /** A UUIDv7 of the virtual time. */
  #token(): Uint8Array {
    const token = this.#world.random.bytes(16);
    let timeMs = this.#world.wallMs;
    for (let i = 5; i >= 0; i--) {
      token[i] = timeMs % 256;
      timeMs = Math.floor(timeMs / 256);
    }
    token[6] = 0x70 | (token[6] & 0x0f);
    token[8] = 0x80 | (token[8] & 0x3f);
    return token;
  }
}

/** Errors after which the same request may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([
  ItemError.ISSUER_NOT_FOUND,
  ItemError.STALE_GENERATION,
  ItemError.NOT_LEADER,
  ItemError.SHARD_FROZEN,
  ItemError.RPO_GATE_CLOSED,
  ItemError.SYNC_PEER_UNAVAILABLE,
  ItemError.LEADER_UNREACHABLE,
  ItemError.OVERLOADED,
  ItemError.STORAGE_FULL,
  ItemError.COMMIT_OUTCOME_UNKNOWN,
]);

function remember(list: readonly MutationFields[], fields: MutationFields): MutationFields[] {
  return [...list.slice(-MEMORY_MAX), fields];
}
