import { create } from "@bufbuild/protobuf";
import { Decline, Outcome } from "../../common/batch/kinds.ts";
import {
  alignedRows,
  batchRowCount,
  batchString,
  type MutationBatch,
  REQUEST_ROW_BYTES,
  RequestRow,
} from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { formatToken } from "../../common/batch/token.ts";
import type { Reason } from "../../common/errors/catalog.ts";
import { reasonNumber } from "../../common/errors/reason.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import { AdminService, RegisterIssuerResponseSchema } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  type GetTokenStatusRequest,
  type GetTokenStatusResponse,
  GetTokenStatusResponseSchema,
  ReservationService,
  type ReserveStreamRequest,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
  TokenStatus,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { FakeStore, outcomeOf } from "./fake-store.ts";
import { TestRpcServer } from "./rpc-server.ts";

/** What the router does with one batch. */
export type BatchFate =
  /** Records every row and answers. */
  | { readonly type: "answer"; readonly afterMs?: number }
  /** Records nothing and answers every row with an error. */
  | { readonly type: "refuse"; readonly reason: Reason; readonly retryAfterMs?: number }
  /** Ends the stream, having recorded the rows or not. */
  | { readonly type: "break"; readonly recorded: boolean }
  /** Never answers, having recorded the rows or not. */
  | { readonly type: "silence"; readonly recorded: boolean };

/** A router before a {@link FakeStore}, that does to each batch what the test says. */
export class FakeRouter {
  readonly store = new FakeStore();
  /** Sizes of the batches, in the order they came. */
  readonly batchSizes: number[] = [];
  /** Tokens in the order their rows came, retries included. */
  readonly tokensSeen: string[] = [];
  /** Tokens in the order they were asked for. */
  readonly tokensAsked: string[] = [];
  /** Fates of the batches to come; what is left over is answered. */
  readonly fates: BatchFate[] = [];
  /** A batch with a row of this shard is answered so much later, milliseconds. */
  readonly shardDelaysMs = new Map<number, number>();
  /** Statuses to pretend for the next questions, before telling the truth. */
  readonly statuses: TokenStatus[] = [];
  readonly #server = new TestRpcServer();
  readonly #streams = new Set<ServerStream<ReserveStreamResponse>>();

  static async start(t: { teardown(callback: () => Promise<void>): void }): Promise<FakeRouter> {
    const router = new FakeRouter();
    router.#server.serving(ReservationService, {
      reserveStream: (stream) => {
        router.#streams.add(stream);
        return {
          onMessage: (request) => router.#receive(stream, request),
          onEnd: () => stream.end(),
          onClose: () => router.#streams.delete(stream),
        };
      },
      getTokenStatus: async (request) => router.#status(request),
    });
    router.#server.serving(AdminService, {
      registerIssuer: async ({ issuerId, reservationToken }) => {
        const decision = router.store.record(issuerId, reservationToken, "register");
        return create(RegisterIssuerResponseSchema, {
          outcome: outcomeOf(decision),
          shardId: decision.shardId,
        });
      },
    });
    await router.#server.start();
    t.teardown(() => router.stop());
    return router;
  }

  get address(): string {
    return this.#server.address;
  }

  /** Streams that are open now. */
  get streamCount(): number {
    return this.#streams.size;
  }

  stop(): Promise<void> {
    return this.#server.server.stop(0);
  }

  #receive(stream: ServerStream<ReserveStreamResponse>, request: ReserveStreamRequest): void {
    if (request.encoding.case !== "packed") throw new StoreError("INVALID_REQUEST");
    const { rows, strings } = request.encoding.value;
    const batch = { rows: alignedRows(rows), strings };
    const fate = this.fates.shift() ?? { type: "answer" };
    this.batchSizes.push(batchRowCount(batch));
    const { results, shardIds } = this.#decide(batch, fate);
    if (fate.type === "break") stream.end(new StoreError("SHUTTING_DOWN"));
    if (fate.type === "break" || fate.type === "silence") return;
    const response = create(ReserveStreamResponseSchema, {
      batchId: request.batchId,
      encoding: { case: "packed", value: { rows: results.rows } },
      sessions: [...shardIds].map((shardId) => ({
        shardId,
        sessionToken: `session-${this.store.size}`,
        durability: Durability.LOCAL_SYNC,
      })),
    });
    const delaysMs = [...shardIds].map((shardId) => this.shardDelaysMs.get(shardId) ?? 0);
    const afterMs = Math.max(0, ...delaysMs, fate.type === "answer" ? (fate.afterMs ?? 0) : 0);
    if (afterMs === 0) stream.write(response);
    else setTimeout(() => stream.write(response), afterMs);
  }

  #decide(batch: MutationBatch, fate: BatchFate): { results: ResultBatch; shardIds: Set<number> } {
    const results = ResultBatch.ofSize(batchRowCount(batch));
    const shardIds = new Set<number>();
    for (let row = 0; row < results.count; row++) {
      const { token, issuerId, contents } = readRow(batch, row);
      this.tokensSeen.push(token);
      const shardId = this.store.shardOf(issuerId);
      if (fate.type === "refuse") {
        results.setError(row, reasonNumber(fate.reason), shardId, 0, fate.retryAfterMs ?? 0);
      } else if (fate.type === "answer" || fate.recorded) {
        shardIds.add(shardId);
        this.#record(results, row, issuerId, token, contents);
      }
    }
    return { results, shardIds };
  }

  #record(results: ResultBatch, row: number, issuerId: string, token: string, contents: string): void {
    const { shardId, generation, lsn, replayed, reused } = this.store.record(issuerId, token, contents);
    if (reused) results.setError(row, reasonNumber("TOKEN_REUSED"), shardId);
    else {
      const { APPROVED } = Outcome;
      results.setDecision(
        row,
        APPROVED,
        Decline.NONE,
        replayed,
        shardId,
        generation,
        lsn,
        77,
        generation,
        lsn,
      );
    }
  }

  #status({ issuerId, reservationToken }: GetTokenStatusRequest): GetTokenStatusResponse {
    this.tokensAsked.push(reservationToken);
    const pretended = this.statuses.shift();
    if (pretended !== undefined) return create(GetTokenStatusResponseSchema, { status: pretended });
    const known = this.store.find(issuerId, reservationToken);
    if (known === undefined) return create(GetTokenStatusResponseSchema, { status: TokenStatus.NOT_FOUND });
    return create(GetTokenStatusResponseSchema, { status: TokenStatus.APPROVED, outcome: outcomeOf(known) });
  }
}

function readRow(batch: MutationBatch, row: number): { token: string; issuerId: string; contents: string } {
  const at = row * REQUEST_ROW_BYTES;
  const view = new DataView(batch.rows.buffer, batch.rows.byteOffset);
  return {
    token: formatToken(batch.rows, at + RequestRow.TOKEN),
    issuerId: batchString(batch, view.getUint16(at + RequestRow.ISSUER, true)),
    contents: String(view.getBigInt64(at + RequestRow.AMOUNT_MINOR, true)),
  };
}
