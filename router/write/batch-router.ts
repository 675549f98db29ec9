import { gather } from "../../common/batch/gather.ts";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import { batchRowCount, type MutationBatch } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { issuerIndexes, type ScatterPlan, scatter } from "../../common/batch/scatter.ts";
import { selectRows } from "../../common/batch/select-rows.ts";
import type { IssuerDirectory } from "../directory/issuer-directory.ts";
import type { Reply, ShardSession } from "../placement/attempt/lane-events.ts";
import type { ShardLanes } from "../upstream/shard-lanes.ts";
import { IssuerLocator, type ShardsOfBatch } from "./issuer-locator.ts";
import { refuseRows } from "../../common/batch/refuse-rows.ts";
import type { WriteMetrics } from "./write-metrics.ts";

/** A batch with all its answers. */
export type RoutedBatch = {
  /** One result per row, in the order of the rows. */
  readonly results: ResultBatch;
  /** One for every shard that recorded a row; of two of one shard the later covers both. */
  readonly sessions: readonly ShardSession[];
};

/** What a batch router is made of. */
export type BatchRouterParts = {
  readonly issuers: IssuerDirectory;
  readonly lanes: ShardLanes;
  readonly metrics: WriteMetrics;
  /** Suggested wait before a retry, by ErrorReason number, in milliseconds. */
  readonly retryAfterMs: (reason: number) => number;
};

/** Receives an answered batch. Must not throw. */
export type RoutedReceiver = (routed: RoutedBatch) => void;

/** Likewise, and hears whether some issuer was not where it was thought to be. */
type ScatteredReceiver = (routed: RoutedBatch, isMisplaced: boolean) => void;

type SplitPlan = Extract<ScatterPlan, { type: "split" }>;

/** Sends the rows of a batch to the shards of their issuers and brings the answers together. */
export class BatchRouter {
  readonly #parts: BatchRouterParts;
  readonly #locator: IssuerLocator;

  constructor(parts: BatchRouterParts) {
    this.#parts = parts;
    this.#locator = new IssuerLocator(parts.issuers);
  }

  /** Finds the shards of a batch: at once, or by asking the metadata service. Never rejects. */
  locate(batch: MutationBatch): ShardsOfBatch | Promise<ShardsOfBatch> {
    return this.#locator.locate(batch);
  }

  /** Sends a batch whose shards are found. @param done called exactly once, about the deadline at the latest */
  route(batch: MutationBatch, shards: ShardsOfBatch, deadlineMs: number, done: RoutedReceiver): void {
    this.#scatter(batch, shards, deadlineMs, (routed, isMisplaced) => {
      if (isMisplaced) void this.#routeMisplaced(batch, routed, deadlineMs, done);
      else done(routed);
    });
  }

  #scatter(batch: MutationBatch, shards: ShardsOfBatch, deadlineMs: number, done: ScatteredReceiver): void {
    const plan = scatter(batch, shards);
    if (plan.type === "split") {
      this.#gather(batch, shards, plan, deadlineMs, done);
      return;
    }
    this.#parts.lanes.submit(plan.shardId, batch, deadlineMs, (reply) => {
      done({ results: reply.results, sessions: sessionsOf([reply]) }, reply.misplaced);
    });
  }

  #gather(
    batch: MutationBatch,
    shards: ShardsOfBatch,
    { parts, unplaced }: SplitPlan,
    deadlineMs: number,
    done: ScatteredReceiver,
  ): void {
    const results = ResultBatch.ofSize(batchRowCount(batch));
    this.#parts.metrics.refused(refuseRows(results, unplaced, batch, shards, this.#parts.retryAfterMs));
    const replies: Reply[] = [];
    const finish = (): void => {
      const isMisplaced = replies.some(({ misplaced }) => misplaced);
      done({ results, sessions: sessionsOf(replies) }, isMisplaced);
    };
    if (parts.length === 0) finish();
    for (const { shardId, batch: rows, order } of parts) {
      this.#parts.lanes.submit(shardId, rows, deadlineMs, (reply) => {
        gather(results, order, reply.results);
        if (replies.push(reply) === parts.length) finish();
      });
    }
  }

  /** Some issuers have moved: their rows are placed and sent once more; what fails again is answered as it is. */
  async #routeMisplaced(
    batch: MutationBatch,
    routed: RoutedBatch,
    deadlineMs: number,
    done: RoutedReceiver,
  ): Promise<void> {
    const rows = misplacedRows(routed.results);
    const rest = selectRows(batch, rows);
    for (const index of issuerIndexes(rest)) this.#parts.issuers.forget(rest.strings[index - 1]);
    const shards = await this.locate(rest);
    this.#scatter(rest, shards, deadlineMs, (second) => {
      gather(routed.results, rows, second.results);
      done({ results: routed.results, sessions: [...routed.sessions, ...second.sessions] });
    });
  }
}

function sessionsOf(replies: readonly Reply[]): ShardSession[] {
  return replies.flatMap(({ session }) => (session === undefined ? [] : [session]));
}

function misplacedRows(results: ResultBatch): Uint16Array {
  const rows: number[] = [];
  for (let row = 0; row < results.count; row++) {
    if (results.outcome(row) === Outcome.ERROR && results.reason(row) === ItemError.WRONG_SHARD)
      rows.push(row);
  }
  return Uint16Array.from(rows);
}
