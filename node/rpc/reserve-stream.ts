import { gather } from "../../common/batch/gather.ts";
import { ItemError, PUBLIC_KIND_MAX } from "../../common/batch/kinds.ts";
import { batchRowCount, batchString, type MutationBatch } from "../../common/batch/mutation-batch.ts";
import { refuseRows } from "../../common/batch/refuse-rows.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { issuerIndexes, type ShardPart, scatter } from "../../common/batch/scatter.ts";
import { type IncomingBatch, readIncomingBatch } from "../../common/reservation/incoming-batch.ts";
import { outgoingResults, type ShardSession } from "../../common/reservation/outgoing-results.ts";
import type { ServerStream, StreamReceiver } from "../../common/rpc/handlers.ts";
import type {
  ReserveStreamRequest,
  ReserveStreamResponse,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { durabilityOf } from "../reads/durability.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import type { SubmitOptions } from "../runtime/shard-host.ts";
import { safeInteger } from "./safe-integer.ts";

/** How long a batch is waited for when its sender does not say, milliseconds. */
const TIMEOUT_MS_DEFAULT = 1_000;
/** Longest wait for a batch, whatever its sender says, milliseconds. */
const TIMEOUT_MS_MAX = 60_000;
/** Rows of one stream in progress above which no more of its messages are taken from the network. */
const PAUSE_ABOVE_ROWS = 262_144;

/** Hears the results of a batch, exactly once. */
type OnResults = (results: ResultBatch, sessions: readonly ShardSession[]) => void;

/**
 * One stream of batches, from a router (which names the shard) or from any client. Batches go to
 * the engines in the order they come, rows as they are; each is answered as soon as it is decided,
 * in its own encoding. Errors are per item and leave the stream open.
 */
export class ReserveStream implements StreamReceiver<ReserveStreamRequest> {
  readonly #node: ServingNode;
  readonly #stream: ServerStream<ReserveStreamResponse>;
  #openBatches = 0;
  #openRows = 0;
  /** Whether answers wait for the sender to fetch them. */
  #isBlocked = false;
  #isPaused = false;
  #hasEnded = false;

  constructor(node: ServingNode, stream: ServerStream<ReserveStreamResponse>) {
    this.#node = node;
    this.#stream = stream;
  }

  onMessage(request: ReserveStreamRequest): void {
    const incoming = readIncomingBatch(request);
    const options = this.#optionsOf(request);
    this.#openBatches++;
    this.#openRows += incoming.itemCount;
    const onResults: OnResults = (results, sessions) => this.#answer(incoming, results, sessions);
    if (request.shardId === undefined) this.#submitByIssuer(incoming.batch, options, onResults);
    else this.#submit(request.shardId, incoming.batch, options, onResults);
    this.#pace();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#endWhenDone();
  }

  onClose(): void {
    // What is open goes on: a sender that left does not change the fate of its items.
  }

  #optionsOf({ generation, region, timeoutMs }: ReserveStreamRequest): SubmitOptions {
    return {
      generation: safeInteger(generation, "generation"),
      kindMax: PUBLIC_KIND_MAX,
      region: region === "" ? this.#node.answerer.region : region,
      timeoutMs: timeoutMs === 0 ? TIMEOUT_MS_DEFAULT : Math.min(timeoutMs, TIMEOUT_MS_MAX),
    };
  }

  #submit(shardId: number, batch: MutationBatch, options: SubmitOptions, onResults: OnResults): void {
    const { hosts, sessions, answerer } = this.#node;
    const host = hosts.get(shardId);
    if (host === undefined) return onResults(this.#refused(shardId, batch), []);
    host.submit(batch, options, ({ results, lsn, generation }) => {
      if (lsn === 0) return onResults(results, []);
      const sessionToken = sessions.sign({ shardId, generation, lsn });
      const durability = durabilityOf(host.status().configuration, answerer.regionOf);
      onResults(results, [{ shardId, sessionToken, durability }]);
    });
  }

  /** Splits a batch whose sender left it to this node to find the shards. */
  #submitByIssuer(batch: MutationBatch, options: SubmitOptions, onResults: OnResults): void {
    const shardOfString = this.#shardsOf(batch);
    const plan = scatter(batch, shardOfString);
    if (plan.type === "whole") return this.#submit(plan.shardId, batch, options, onResults);
    const whole = ResultBatch.ofSize(batchRowCount(batch));
    refuseRows(whole, plan.unplaced, batch, shardOfString, () => 0);
    this.#submitParts(plan.parts, whole, options, onResults);
  }

  #submitParts(
    parts: readonly ShardPart[],
    whole: ResultBatch,
    options: SubmitOptions,
    onResults: OnResults,
  ): void {
    const allSessions: ShardSession[] = [];
    let waiting = parts.length;
    if (waiting === 0) onResults(whole, []);
    for (const { shardId, batch, order } of parts) {
      this.#submit(shardId, batch, options, (results, sessions) => {
        gather(whole, order, results);
        allSessions.push(...sessions);
        waiting--;
        if (waiting === 0) onResults(whole, allSessions);
      });
    }
  }

  /** Shard of every issuer by string index; a negative value is the negated reason why there is none. */
  #shardsOf(batch: MutationBatch): Int32Array {
    const shardOfString = new Int32Array(batch.strings.length + 1).fill(-ItemError.ISSUER_NOT_FOUND);
    for (const index of issuerIndexes(batch)) {
      const host = this.#node.hosts.withIssuer(batchString(batch, index));
      if (host !== undefined) shardOfString[index] = host.shardId;
    }
    return shardOfString;
  }

  #refused(shardId: number, batch: MutationBatch): ResultBatch {
    const isCorrupt = this.#node.hosts.problemOf(shardId) !== undefined;
    const results = ResultBatch.ofSize(batchRowCount(batch));
    const reason = isCorrupt ? ItemError.WAL_CORRUPT : ItemError.NOT_LEADER;
    for (let row = 0; row < results.count; row++) results.setError(row, reason, shardId);
    return results;
  }

  #answer(incoming: IncomingBatch, results: ResultBatch, sessions: readonly ShardSession[]): void {
    const { batchId, encoding, itemCount } = incoming;
    this.#openBatches--;
    this.#openRows -= itemCount;
    if (this.#stream.closed) return;
    const response = outgoingResults(batchId, encoding, incoming.resultsOfItems(results), sessions);
    if (!this.#stream.write(response)) this.#waitForReceiver();
    this.#pace();
    this.#endWhenDone();
  }

  #waitForReceiver(): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    void this.#stream.drained().then(() => {
      this.#isBlocked = false;
      this.#pace();
    });
  }

  /** Takes messages only while answers flow off and not too much is open: the sender is held up in turn. */
  #pace(): void {
    const shouldPause = this.#openRows > PAUSE_ABOVE_ROWS || this.#isBlocked;
    if (shouldPause === this.#isPaused || this.#stream.closed) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#stream.pause();
    else this.#stream.resume();
  }

  #endWhenDone(): void {
    if (this.#hasEnded && this.#openBatches === 0 && !this.#stream.closed) this.#stream.end();
  }
}
