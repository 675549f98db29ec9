import { setTimeout as sleep } from "node:timers/promises";
import { Kind, Outcome, REQUEST_FIELDS } from "../../../common/batch/kinds.ts";
import {
  alignedRows,
  type MutationBatch,
  MutationBatchBuilder,
} from "../../../common/batch/mutation-batch.ts";
import { type MutationResultFields, ResultBatch } from "../../../common/batch/result-batch.ts";
import { parseToken } from "../../../common/batch/token.ts";
import { ERROR_CATALOG } from "../../../common/errors/catalog.ts";
import { reasonName } from "../../../common/errors/reason.ts";
import { newToken } from "../../../client/index.ts";
import {
  ReservationService,
  type ReserveStreamRequestSchema,
  type ReserveStreamResponseSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { RawClient, RawStream } from "../../support/raw-client.ts";
import { ISSUER_ID } from "../contract-cluster.ts";

const TRIES_MAX = 50;
const PAUSE_MS = 200;

/** Words for a result: "APPROVED", "DECLINED", or an error with the field it names. */
function wordsOf(result: MutationResultFields): string {
  if (result.outcome === Outcome.APPROVED) return "APPROVED";
  if (result.outcome === Outcome.DECLINED) return "DECLINED";
  return `${reasonName(result.reason)} ${REQUEST_FIELDS[result.field]}`.trim();
}

/** A batch of well-formed reserves of 1 against the contract issuer. */
export function soundBatch(count: number): MutationBatch {
  const builder = new MutationBatchBuilder(count);
  for (let row = 0; row < count; row++) {
    const token = parseToken(newToken());
    if (token === undefined) throw new Error("a new token is a UUIDv7");
    builder.add({
      kind: Kind.RESERVE,
      token,
      issuerId: ISSUER_ID,
      amountMinor: 1,
      desk: "desk",
      trader: "t1",
    });
  }
  return builder.take();
}

/** A stream of batches whose answers are awaited one by one. */
export class BatchSender {
  readonly #stream: RawStream<typeof ReserveStreamRequestSchema, typeof ReserveStreamResponseSchema>;
  readonly #shard: { readonly shardId?: number; readonly generation?: bigint };
  #batchId = 0n;

  /** @param shard names the shard as routers do, for a stream to a node */
  constructor(client: RawClient, shard: { readonly shardId?: number; readonly generation?: bigint } = {}) {
    this.#stream = client.open(ReservationService.method.reserveStream);
    this.#shard = shard;
  }

  /** How the stream ended. */
  get closed() {
    return this.#stream.closed;
  }

  /** Sends a batch, again while it is told to come back later. @returns its results, in words */
  async send(batch: MutationBatch): Promise<string[]> {
    for (let tries = 1; ; tries++) {
      const results = await this.#sendOnce(batch);
      if (tries === TRIES_MAX || !results.some(isToBeRepeated)) return results.map(wordsOf);
      await sleep(PAUSE_MS);
    }
  }

  /** Sends anything as a message. */
  sendBytes(bytes: Uint8Array): void {
    this.#stream.sendBytes(bytes);
  }

  /** Sends a message without rows or items. */
  sendNothing(): void {
    this.#stream.send({ batchId: 1n });
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async #sendOnce(batch: MutationBatch): Promise<MutationResultFields[]> {
    const value = { rows: batch.rows, strings: [...batch.strings] };
    this.#batchId += 17n; // ids of different lengths put the rows at every address
    this.#stream.send({ ...this.#shard, batchId: this.#batchId, encoding: { case: "packed", value } });
    const { encoding } = await this.#stream.next();
    if (encoding.case !== "packed") throw new Error("packed rows are answered with packed rows");
    const results = new ResultBatch(alignedRows(encoding.value.rows));
    return Array.from({ length: results.count }, (_, row) => results.read(row));
  }
}

/** Whether a row was refused for a reason that passes: a busy machine makes proofs late and queues long. */
function isToBeRepeated({ outcome, reason }: MutationResultFields): boolean {
  if (outcome !== Outcome.ERROR) return false;
  const name = reasonName(reason);
  return name !== undefined && ERROR_CATALOG[name].retry !== "never";
}
