import { create } from "@bufbuild/protobuf";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import { alignedRows, batchRowCount, REQUEST_ROW_BYTES } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { ServerStream, ServiceHandlers } from "../../common/rpc/handlers.ts";
import { SessionTokenSigner } from "../../common/tokens/session-token.ts";
import {
  AwaitDurabilityResponseSchema,
  GetExposureResponseSchema,
  GetReservationResponseSchema,
  type GetTokenStatusResponse,
  GetTokenStatusResponseSchema,
  ListOpenReservationsResponseSchema,
  ReservationService,
  type ReserveStreamRequest,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
  TokenStatus,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  Durability,
  ReadContract,
  type ReadLabel,
  ReadLabelSchema,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { TestRpcServer } from "./rpc-server.ts";

/** One shard as a fake node has it. */
type FakeShard = {
  generation: number;
  isLeader: boolean;
  lastLsn: number;
  /** Position of every token recorded, by its hexadecimal text. */
  readonly recorded: Map<string, number>;
};

/** A read a fake node was asked, as its call said. */
export type FakeRead = { readonly method: string; readonly shardId: string; readonly generation: string };

/**
 * A node that approves everything it is sent in its own generation, remembers tokens, and can be
 * told to refuse, to hold its answers back or to answer nonsense.
 */
export class FakeNode {
  readonly nodeId: string;
  readonly shards = new Map<number, FakeShard>();
  /** Batches in the order they came. */
  readonly batches: ReserveStreamRequest[] = [];
  readonly reads: FakeRead[] = [];
  /** Error of every row instead of a decision. */
  refuseWith: number | undefined;
  /** Shard of issuers that have moved away, by issuer: refused as WRONG_SHARD. */
  readonly moved = new Set<string>();
  /** Error of every read instead of an answer. */
  readError: StoreError | undefined;
  /** Whether it cannot prove how old its answers to bounded reads are. */
  isAgeUnknown = false;
  /** Answers are kept until {@link release}. */
  isHolding = false;
  /** Changes an answer before it leaves. */
  distort: (response: ReserveStreamResponse) => ReserveStreamResponse = (response) => response;
  tokenStatus: Partial<Pick<GetTokenStatusResponse, "status">> = {};
  readonly #server = new TestRpcServer();
  readonly #signer = new SessionTokenSigner(new Uint8Array(32));
  readonly #held: (() => void)[] = [];

  constructor(nodeId: string) {
    this.nodeId = nodeId;
  }

  get address(): string {
    return this.#server.address;
  }

  get port(): number {
    return this.#server.port;
  }

  async start(): Promise<this> {
    await this.#server.serving(ReservationService, this.#handlers()).start();
    return this;
  }

  /** Ends every connection at once, as a killed process does. */
  stop(): Promise<void> {
    return this.#server.server.stop(0);
  }

  /** Makes this node the leader, or a follower, of a shard. Followers know what they were given. */
  holds(shardId: number, generation: number, isLeader: boolean, from?: FakeNode): this {
    const copied = from?.shards.get(shardId) ?? this.shards.get(shardId);
    const recorded = new Map(copied?.recorded);
    this.shards.set(shardId, { generation, isLeader, lastLsn: copied?.lastLsn ?? 0, recorded });
    return this;
  }

  /** Sends the answers that were held back. */
  release(): void {
    this.isHolding = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  #handlers(): ServiceHandlers<typeof ReservationService> {
    const label = (context: CallContext, method: string) => this.#readLabel(context, method);
    return {
      reserveStream: (stream) => ({
        onMessage: (request) => this.#takeBatch(request, stream),
        onEnd: () => stream.end(),
        onClose: () => {},
      }),
      getExposure: async ({ issuerId, consistency }, context) => {
        const contract = consistency?.contract.case ?? "none";
        const answer = { issuerId, currency: contract };
        const response = { exposure: answer, label: label(context, "getExposure") };
        if (this.isAgeUnknown && contract === "bounded") throw new StoreError("STALENESS_EXCEEDED");
        return create(GetExposureResponseSchema, response);
      },
      getReservation: async (_request, context) =>
        create(GetReservationResponseSchema, { label: label(context, "getReservation") }),
      listOpenReservations: async (_request, context) =>
        create(ListOpenReservationsResponseSchema, { label: label(context, "listOpenReservations") }),
      getTokenStatus: async (_request, context) =>
        create(GetTokenStatusResponseSchema, {
          status: TokenStatus.NOT_FOUND,
          ...this.tokenStatus,
          label: label(context, "getTokenStatus"),
        }),
      awaitDurability: async (_request, context) => {
        label(context, "awaitDurability");
        return create(AwaitDurabilityResponseSchema, { geoDurable: true });
      },
    };
  }

  #readLabel(context: CallContext, method: string): ReadLabel {
    const shardId = context.header("harborpoint-shard-id") ?? "";
    const generation = context.header("harborpoint-generation") ?? "";
    this.reads.push({ method, shardId, generation });
    if (this.readError !== undefined) throw this.readError;
    const shard = this.shards.get(Number(shardId));
    if (shard === undefined) throw new StoreError("WRONG_SHARD");
    if (shard.generation !== Number(generation)) throw new StoreError("STALE_GENERATION");
    return create(ReadLabelSchema, { nodeId: this.nodeId, contractServed: ReadContract.LINEARIZABLE });
  }

  #takeBatch(request: ReserveStreamRequest, stream: ServerStream<ReserveStreamResponse>): void {
    this.batches.push(request);
    const response = this.distort(this.#answer(request));
    if (this.isHolding) this.#held.push(() => stream.write(response));
    else stream.write(response);
  }

  #answer({ batchId, encoding, shardId = 0, generation }: ReserveStreamRequest): ReserveStreamResponse {
    if (encoding.case !== "packed") throw new StoreError("INVALID_REQUEST");
    const batch = { rows: alignedRows(encoding.value.rows), strings: encoding.value.strings };
    const results = ResultBatch.ofSize(batchRowCount(batch));
    const shard = this.shards.get(shardId);
    for (let row = 0; row < results.count; row++) {
      const at = row * REQUEST_ROW_BYTES;
      const issuerId = batch.strings[batch.rows[at + 40] + batch.rows[at + 41] * 256 - 1];
      const error = this.#refusal(shard, Number(generation), issuerId);
      if (error !== undefined || shard === undefined) results.setError(row, error ?? 0, shardId);
      else
        this.#decide(
          results,
          row,
          shard,
          shardId,
          Buffer.from(batch.rows.subarray(at, at + 16)).toString("hex"),
        );
    }
    const lsn = shard?.lastLsn ?? 0;
    const sessionToken = this.#signer.sign({ shardId, generation: Number(generation), lsn });
    const sessions = lsn === 0 ? [] : [{ shardId, sessionToken, durability: Durability.LOCAL_SYNC }];
    return create(ReserveStreamResponseSchema, {
      batchId,
      encoding: { case: "packed", value: { rows: results.rows } },
      sessions,
    });
  }

  #refusal(shard: FakeShard | undefined, generation: number, issuerId: string): number | undefined {
    if (shard === undefined || !shard.isLeader) return ItemError.NOT_LEADER;
    if (shard.generation !== generation) return ItemError.STALE_GENERATION;
    return this.moved.has(issuerId) ? ItemError.WRONG_SHARD : this.refuseWith;
  }

  #decide(results: ResultBatch, row: number, shard: FakeShard, shardId: number, token: string): void {
    const known = shard.recorded.get(token);
    const lsn = known ?? ++shard.lastLsn;
    shard.recorded.set(token, lsn);
    const { generation } = shard;
    results.setDecision(
      row,
      Outcome.APPROVED,
      0,
      known !== undefined,
      shardId,
      generation,
      lsn,
      900,
      generation,
      lsn,
    );
  }
}
