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
  type MutationOutcome,
  MutationOutcomeSchema,
  ReservationService,
  type ReserveStreamRequest,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
  TokenStatus,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
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

interface RecordedDecision {
  readonly lsn: number;
  readonly contents: string;
}

const SHARD_ID = 3;
const GENERATION = 2;

/** A router with a memory for tokens, that does to each batch what the test says; every row is approved. */
export class FakeRouter {
  /** Sizes of the batches, in the order they came. */
  readonly batchSizes: number[] = [];
  /** Tokens in the order their rows came, retries included. */
  readonly tokensSeen: string[] = [];
  /** Tokens in the order they were asked for. */
  readonly tokensAsked: string[] = [];
  /** Fates of the batches to come; what is left over is answered. */
  readonly fates: BatchFate[] = [];
  /** Statuses to pretend for the next questions, before telling the truth. */
  readonly statuses: TokenStatus[] = [];
  readonly #server = new TestRpcServer();
  readonly #recorded = new Map<string, RecordedDecision>();
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
        const { lsn, replayed } = router.#record(issuerId, reservationToken, "register");
        return create(RegisterIssuerResponseSchema, {
          outcome: router.#outcome(lsn, replayed),
          shardId: SHARD_ID,
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
    this.batchSizes.push(batchRowCount(batch));
    const fate = this.fates.shift() ?? { type: "answer" };
    const results = this.#decide(batch, fate);
    if (fate.type === "break") stream.end(new StoreError("SHUTTING_DOWN"));
    if (fate.type === "break" || fate.type === "silence") return;
    const response = create(ReserveStreamResponseSchema, {
      batchId: request.batchId,
      encoding: { case: "packed", value: { rows: results.rows } },
      sessions: [
        {
          shardId: SHARD_ID,
          sessionToken: `session-${this.#recorded.size}`,
          durability: Durability.LOCAL_SYNC,
        },
      ],
    });
    const afterMs = fate.type === "answer" ? (fate.afterMs ?? 0) : 0;
    if (afterMs === 0) stream.write(response);
    else setTimeout(() => stream.write(response), afterMs);
  }

  #decide(batch: MutationBatch, fate: BatchFate): ResultBatch {
    const count = batchRowCount(batch);
    const results = ResultBatch.ofSize(count);
    const view = new DataView(batch.rows.buffer, batch.rows.byteOffset);
    for (let row = 0; row < count; row++) {
      const at = row * REQUEST_ROW_BYTES;
      const token = formatToken(batch.rows, at + RequestRow.TOKEN);
      this.tokensSeen.push(token);
      if (fate.type === "refuse") {
        results.setError(row, reasonNumber(fate.reason), SHARD_ID, 0, fate.retryAfterMs ?? 0);
        continue;
      }
      if (fate.type !== "answer" && !fate.recorded) continue;
      const issuerId = batchString(batch, view.getUint16(at + RequestRow.ISSUER, true));
      const amount = String(view.getBigInt64(at + RequestRow.AMOUNT_MINOR, true));
      const { lsn, replayed, reused } = this.#record(issuerId, token, amount);
      if (reused) results.setError(row, reasonNumber("TOKEN_REUSED"), SHARD_ID);
      else {
        const approved = Outcome.APPROVED;
        results.setDecision(
          row,
          approved,
          Decline.NONE,
          replayed,
          SHARD_ID,
          GENERATION,
          lsn,
          77,
          GENERATION,
          lsn,
        );
      }
    }
    return results;
  }

  #record(
    issuerId: string,
    token: string,
    contents: string,
  ): { lsn: number; replayed: boolean; reused: boolean } {
    const key = `${issuerId}/${token}`;
    const known = this.#recorded.get(key);
    if (known !== undefined) return { lsn: known.lsn, replayed: true, reused: known.contents !== contents };
    const lsn = this.#recorded.size + 1;
    this.#recorded.set(key, { lsn, contents });
    return { lsn, replayed: false, reused: false };
  }

  #status({ issuerId, reservationToken }: GetTokenStatusRequest): GetTokenStatusResponse {
    this.tokensAsked.push(reservationToken);
    const pretended = this.statuses.shift();
    if (pretended !== undefined) return create(GetTokenStatusResponseSchema, { status: pretended });
    const known = this.#recorded.get(`${issuerId}/${reservationToken}`);
    if (known === undefined) return create(GetTokenStatusResponseSchema, { status: TokenStatus.NOT_FOUND });
    return create(GetTokenStatusResponseSchema, {
      status: TokenStatus.APPROVED,
      outcome: this.#outcome(known.lsn, true),
    });
  }

  #outcome(lsn: number, replayed: boolean): MutationOutcome {
    return create(MutationOutcomeSchema, {
      decision: Decision.APPROVED,
      label: {
        position: { shardId: SHARD_ID, generation: BigInt(GENERATION), lsn: BigInt(lsn) },
        sessionToken: `session-${lsn}`,
        durability: Durability.LOCAL_SYNC,
        replayed,
      },
    });
  }
}
