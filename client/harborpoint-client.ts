import type { MutationBatch, MutationFields } from "../common/batch/mutation-batch.ts";
import { formatToken } from "../common/batch/token.ts";
import type { Answered } from "./answer-age.ts";
import type { BatchAnswer } from "./batch-stream.ts";
import { BatchSubmitter } from "./batch-submitter.ts";
import { type ClientOptions, type ResolvedClientOptions, resolveClientOptions } from "./client-options.ts";
import { ClusterOperations } from "./cluster-operations.ts";
import { ClusterReads } from "./cluster-reads.ts";
import { Deadline } from "./deadline.ts";
import type { Decision } from "./decision.ts";
import { EndpointSet } from "./endpoint-set.ts";
import { IssuerMutations, type LimitInput, type RegisterInput } from "./issuer-mutations.ts";
import {
  type AmendInput,
  amendRow,
  type CloseInput,
  type ReserveInput,
  releaseRow,
  reserveRow,
  settleRow,
} from "./mutation.ts";
import { MutationResolver } from "./mutation-resolver.ts";
import { Reads } from "./reads.ts";
import { RetryingReader } from "./retrying-reader.ts";
import type { Session } from "./session.ts";
import { withToken } from "./token.ts";
import { askTokenStatus, type TokenStatusAnswer, type TokenStatusQuery } from "./token-status.ts";

/** How a write is made. */
export interface WriteOptions {
  /** Takes note of the write, so that the session's reads see it. */
  readonly session?: Session;
  /** How long the call may take, retries included; milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * A client of the store, over one or more routers.
 *
 * Every mutation resolves to a {@link Decision}, APPROVED or DECLINED, or rejects with a StoreError
 * within its timeout. Errors the catalogue calls repeatable are repeated, unknown outcomes are
 * resolved by the token; what remains is for the caller. COMMIT_OUTCOME_UNKNOWN, whose metadata holds
 * the `reservationToken`, means: call again with the same token, or ask {@link getTokenStatus};
 * never with a new token.
 *
 * Calls made in one turn of the event loop leave in one batch; those of one issuer are decided in
 * the order of the calls as long as none has to be repeated.
 */
export class HarborpointClient {
  /** Questions about reservations and exposure. */
  readonly reads: Reads;
  /** Questions about the cluster. */
  readonly cluster: ClusterReads;
  /** Changes of shards' configurations. */
  readonly operations: ClusterOperations;
  readonly #options: ResolvedClientOptions;
  readonly #endpoints: EndpointSet;
  readonly #reader: RetryingReader;
  readonly #resolver: MutationResolver;
  readonly #issuers: IssuerMutations;
  readonly #batches: BatchSubmitter;

  constructor(options: ClientOptions) {
    this.#options = resolveClientOptions(options);
    this.#endpoints = new EndpointSet(this.#options);
    this.#reader = new RetryingReader(this.#endpoints, this.#options);
    this.reads = new Reads(this.#reader);
    this.cluster = new ClusterReads(this.#reader);
    this.operations = new ClusterOperations(this.#endpoints, this.#reader);
    this.#resolver = new MutationResolver((query) => this.getTokenStatus(query), this.#options.random);
    this.#issuers = new IssuerMutations(this.#endpoints, this.#options.clock);
    this.#batches = new BatchSubmitter(this.#endpoints, this.#options);
  }

  /** Reserves an amount against an issuer's limit. */
  async reserve(input: ReserveInput, options?: WriteOptions): Promise<Decision> {
    return this.#mutate(reserveRow(withToken(input)), options);
  }

  /** Gives an open reservation back. */
  async release(input: CloseInput, options?: WriteOptions): Promise<Decision> {
    return this.#mutate(releaseRow(withToken(input)), options);
  }

  /** Marks an open reservation as traded; its exposure stays. */
  async settle(input: CloseInput, options?: WriteOptions): Promise<Decision> {
    return this.#mutate(settleRow(withToken(input)), options);
  }

  /** Changes the amount of an open reservation. */
  async amend(input: AmendInput, options?: WriteOptions): Promise<Decision> {
    return this.#mutate(amendRow(withToken(input)), options);
  }

  /**
   * Sends a prepared batch and returns one result row per mutation. Nothing is done about single
   * rows: their errors are in the answer.
   */
  async submitBatch(
    batch: MutationBatch,
    options: Pick<WriteOptions, "timeoutMs"> = {},
  ): Promise<BatchAnswer> {
    return this.#batches.submit(batch, options.timeoutMs ?? this.#options.timeoutMs);
  }

  /** Registers an issuer; the same registration again is answered with the first decision. */
  async registerIssuer(input: RegisterInput, options?: WriteOptions): Promise<Decision> {
    const request = withToken(input);
    return this.#resolve(request, (deadline) => this.#issuers.register(request, deadline), options);
  }

  /** Sets an issuer's limit. */
  async setIssuerLimit(input: LimitInput, options?: WriteOptions): Promise<Decision> {
    const request = withToken(input);
    return this.#resolve(request, (deadline) => this.#issuers.setLimit(request, deadline), options);
  }

  /** What became of a token. */
  getTokenStatus(query: TokenStatusQuery): Promise<TokenStatusAnswer> {
    return askTokenStatus(this.#reader, query);
  }

  /** Closes the connections; calls in progress reject. */
  close(): void {
    this.#endpoints.close();
  }

  #mutate(fields: MutationFields, options: WriteOptions | undefined): Promise<Decision> {
    const { issuerId } = fields;
    const token = formatToken(fields.token);
    return this.#resolve(
      { issuerId, token },
      (deadline) => this.#endpoints.pick().submit(fields, deadline),
      options,
    );
  }

  async #resolve(
    { issuerId, token }: { readonly issuerId: string; readonly token: string },
    attempt: (deadline: Deadline) => Promise<Answered>,
    { session, timeoutMs = this.#options.timeoutMs }: WriteOptions = {},
  ): Promise<Decision> {
    const deadline = new Deadline(timeoutMs, this.#options.clock);
    const mutation = { issuerId, token, deadline, attempt: () => attempt(deadline) };
    const decision = await this.#resolver.resolve(mutation);
    session?.observe(issuerId, decision);
    return decision;
  }
}
