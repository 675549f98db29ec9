import { ItemError } from "../../common/batch/kinds.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import type { Clock } from "../../common/clock.ts";
import type { ServerStream, StreamReceiver } from "../../common/rpc/handlers.ts";
import type {
  ReserveStreamRequest,
  ReserveStreamResponse,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { ShardSession } from "../placement/attempt/lane-events.ts";
import type { BatchRouter } from "../write/batch-router.ts";
import type { ShardsOfBatch } from "../write/issuer-locator.ts";
import type { RowBudget } from "../write/row-budget.ts";
import { batchDeadlineMs } from "../write/write-deadline.ts";
import type { WriteMetrics } from "../write/write-metrics.ts";
import { type IncomingBatch, readIncomingBatch } from "../../common/reservation/incoming-batch.ts";
import { outgoingResults } from "../../common/reservation/outgoing-results.ts";

/** Rows of one stream in progress above which no more of its messages are taken from the network. */
const PAUSE_ABOVE_ROWS = 65_536;

/** What a stream needs of its router. */
export type BatchStreamParts = {
  readonly router: BatchRouter;
  readonly budget: RowBudget;
  readonly metrics: WriteMetrics;
  readonly clock: Clock;
  readonly retryAfterMs: (reason: number) => number;
  /** Whether the router is going away. */
  readonly isDraining: () => boolean;
};

/**
 * One client's stream of batches. Batches are routed in the order they came, so that items of one
 * issuer reach their leader in that order; each is answered as soon as it can be.
 */
export class BatchStream implements StreamReceiver<ReserveStreamRequest> {
  readonly #stream: ServerStream<ReserveStreamResponse>;
  readonly #parts: BatchStreamParts;
  /** Routing of the newest batch that waits for its issuers to be found; later ones queue behind it. */
  #routing: Promise<void> | undefined;
  #openBatches = 0;
  #openRows = 0;
  /** Whether answers wait for the client to fetch them. */
  #isBlocked = false;
  #isPaused = false;
  /** Whether the client will send no more. */
  #hasEnded = false;

  constructor(stream: ServerStream<ReserveStreamResponse>, parts: BatchStreamParts) {
    this.#stream = stream;
    this.#parts = parts;
  }

  onMessage(request: ReserveStreamRequest): void {
    const { clock, budget, metrics, isDraining } = this.#parts;
    const deadlineMs = batchDeadlineMs(clock.monotonicMs(), request.timeoutMs);
    const incoming = readIncomingBatch(request);
    metrics.streamRows.inc(incoming.itemCount);
    if (isDraining()) this.#refuse(incoming, ItemError.SHUTTING_DOWN);
    else if (!budget.tryTake(incoming.itemCount)) this.#refuse(incoming, ItemError.OVERLOADED);
    else this.#take(incoming, deadlineMs);
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#endWhenDone();
  }

  onClose(): void {
    // What is open goes on: a caller that left does not change the fate of its items.
  }

  #take(incoming: IncomingBatch, deadlineMs: number): void {
    this.#openBatches++;
    this.#openRows += incoming.itemCount;
    const shards = this.#parts.router.locate(incoming.batch);
    if (this.#routing === undefined && shards instanceof Int32Array)
      this.#route(incoming, shards, deadlineMs);
    else this.#routeInTurn(incoming, shards, deadlineMs);
    this.#pace();
  }

  #routeInTurn(
    incoming: IncomingBatch,
    shards: ShardsOfBatch | Promise<ShardsOfBatch>,
    deadlineMs: number,
  ): void {
    const routing = Promise.all([shards, this.#routing]).then(([found]) => {
      this.#route(incoming, found, deadlineMs);
      if (this.#routing === routing) this.#routing = undefined;
    });
    this.#routing = routing;
  }

  #route(incoming: IncomingBatch, shards: ShardsOfBatch, deadlineMs: number): void {
    this.#parts.router.route(incoming.batch, shards, deadlineMs, ({ results, sessions }) => {
      this.#parts.budget.give(incoming.itemCount);
      this.#openBatches--;
      this.#openRows -= incoming.itemCount;
      this.#answer(incoming, incoming.resultsOfItems(results), sessions);
      this.#pace();
      this.#endWhenDone();
    });
  }

  /** Refuses all items; nothing of the batch was taken on. */
  #refuse(incoming: IncomingBatch, reason: number): void {
    const { retryAfterMs, metrics } = this.#parts;
    const results = ResultBatch.ofSize(incoming.itemCount);
    for (let item = 0; item < incoming.itemCount; item++)
      results.setError(item, reason, 0, 0, retryAfterMs(reason));
    metrics.refused(new Map([[reason, incoming.itemCount]]));
    this.#answer(incoming, results, []);
  }

  #answer(
    { batchId, encoding }: IncomingBatch,
    results: ResultBatch,
    sessions: readonly ShardSession[],
  ): void {
    if (this.#stream.closed) return;
    if (this.#stream.write(outgoingResults(batchId, encoding, results, sessions)) || this.#isBlocked) return;
    this.#isBlocked = true;
    void this.#stream.drained().then(() => {
      this.#isBlocked = false;
      this.#pace();
    });
  }

  /** Takes messages only while answers flow off and not too much is open: the client is held up in turn. */
  #pace(): void {
    const shouldPause = this.#openRows > PAUSE_ABOVE_ROWS || this.#isBlocked;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#stream.pause();
    else this.#stream.resume();
  }

  #endWhenDone(): void {
    if (this.#hasEnded && this.#openBatches === 0 && !this.#stream.closed) this.#stream.end();
  }
}
