import { create } from "@bufbuild/protobuf";
import { alignedRows, type MutationBatch } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import type { StoreError } from "../../common/errors/store-error.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { ClientStream } from "../../common/rpc/client-stream.ts";
import {
  ReservationService,
  type ReserveStreamRequest,
  ReserveStreamRequestSchema,
  type ReserveStreamResponse,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { summaryOf } from "./mutation-rows.ts";

/** A client's stream of batches, with every answer by batch id. */
export class BatchClient {
  readonly #answers = new Map<bigint, PromiseWithResolvers<ReserveStreamResponse>>();
  readonly #stream: ClientStream<ReserveStreamRequest>;
  /** How the stream ended; undefined for an orderly end. */
  readonly closed: Promise<StoreError | undefined>;
  #lastId = 0n;

  constructor(channel: RpcChannel) {
    const { promise, resolve } = Promise.withResolvers<StoreError | undefined>();
    this.closed = promise;
    this.#stream = channel.bidi(ReservationService.method.reserveStream, {
      onMessage: (response) => this.#answers.get(response.batchId)?.resolve(response),
      onClose: resolve,
    });
  }

  /** Sends a batch as it is given. */
  send(encoding: ReserveStreamRequest["encoding"], timeoutMs = 5000): Promise<ReserveStreamResponse> {
    const batchId = ++this.#lastId;
    const answer = Promise.withResolvers<ReserveStreamResponse>();
    this.#answers.set(batchId, answer);
    this.#stream.write(create(ReserveStreamRequestSchema, { batchId, encoding, timeoutMs }));
    return answer.promise;
  }

  /** Sends rows and reads the results in short form: LSN or "E" and the reason. */
  async sendRows({ rows, strings }: MutationBatch, timeoutMs = 5000): Promise<(number | string)[]> {
    const response = await this.sendPacked({ rows, strings }, timeoutMs);
    return summaryOf(resultsOf(response));
  }

  sendPacked({ rows, strings }: MutationBatch, timeoutMs = 5000): Promise<ReserveStreamResponse> {
    const value = { rows, strings: [...strings] };
    const { encoding } = create(ReserveStreamRequestSchema, { encoding: { case: "packed", value } });
    return this.send(encoding, timeoutMs);
  }

  end(): void {
    this.#stream.end();
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

/** Result rows of a packed answer. */
export function resultsOf({ encoding }: ReserveStreamResponse): ResultBatch {
  if (encoding.case !== "packed") throw new Error("the answer is not packed");
  return new ResultBatch(alignedRows(encoding.value.rows));
}
