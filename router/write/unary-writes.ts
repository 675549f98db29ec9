import {
  BATCH_ROWS_MAX,
  MutationBatchBuilder,
  type MutationFields,
} from "../../common/batch/mutation-batch.ts";
import type { MutationResultFields } from "../../common/batch/result-batch.ts";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import type { IssuerDirectory } from "../directory/issuer-directory.ts";
import type { Reply, ShardSession } from "../placement/attempt/lane-events.ts";
import type { ShardLanes } from "../upstream/shard-lanes.ts";

/** Answer to a single mutation. */
export type UnaryAnswer = {
  readonly result: MutationResultFields;
  /** Undefined when nothing was recorded. */
  readonly session: ShardSession | undefined;
};

/** What unary writes are made of. */
export type UnaryWritesParts = {
  readonly issuers: IssuerDirectory;
  readonly lanes: ShardLanes;
  /** Runs a function when the work at hand is done: at the end of the event-loop turn. */
  readonly defer: (flush: () => void) => void;
};

/** Single mutations that will go to one shard as one batch. */
type Gathering = {
  readonly shardId: number;
  readonly builder: MutationBatchBuilder;
  receivers: ((answer: UnaryAnswer) => void)[];
  /** The latest of the callers' deadlines. */
  deadlineMs: number;
};

/** Turns single mutations into rows; what arrives within one event-loop turn goes as one batch per shard. */
export class UnaryWrites {
  readonly #parts: UnaryWritesParts;
  readonly #gatherings = new Map<number, Gathering>();
  /** Those with something in them. */
  #filled: Gathering[] = [];

  constructor(parts: UnaryWritesParts) {
    this.#parts = parts;
  }

  /** Sends a mutation to its shard. Rejects only when its issuer cannot be placed; errors of the leader are answers. */
  async submit(fields: MutationFields, deadlineMs: number): Promise<UnaryAnswer> {
    const first = await this.#submitOnce(fields, deadlineMs);
    const { outcome, reason } = first.result;
    if (outcome !== Outcome.ERROR || reason !== ItemError.WRONG_SHARD) return first;
    this.#parts.issuers.forget(fields.issuerId);
    return this.#submitOnce(fields, deadlineMs);
  }

  async #submitOnce(fields: MutationFields, deadlineMs: number): Promise<UnaryAnswer> {
    const known = this.#parts.issuers.known(fields.issuerId);
    const shardId = typeof known === "number" ? known : await this.#parts.issuers.locate(fields.issuerId);
    return new Promise((resolve) => this.#gather(shardId, fields, deadlineMs, resolve));
  }

  #gather(
    shardId: number,
    fields: MutationFields,
    deadlineMs: number,
    receiver: (answer: UnaryAnswer) => void,
  ): void {
    const gathering = this.#gatheringOf(shardId);
    if (gathering.builder.count === BATCH_ROWS_MAX) this.#send(gathering);
    if (gathering.builder.count === 0) this.#fill(gathering);
    gathering.builder.add(fields);
    gathering.receivers.push(receiver);
    gathering.deadlineMs = Math.max(gathering.deadlineMs, deadlineMs);
  }

  #gatheringOf(shardId: number): Gathering {
    const known = this.#gatherings.get(shardId);
    if (known !== undefined) return known;
    const gathering = { shardId, builder: new MutationBatchBuilder(), receivers: [], deadlineMs: 0 };
    this.#gatherings.set(shardId, gathering);
    return gathering;
  }

  #fill(gathering: Gathering): void {
    if (this.#filled.includes(gathering)) return;
    if (this.#filled.push(gathering) === 1) this.#parts.defer(() => this.#sendAll());
  }

  #sendAll(): void {
    const filled = this.#filled;
    this.#filled = [];
    for (const gathering of filled) this.#send(gathering);
  }

  #send(gathering: Gathering): void {
    const { shardId, builder, receivers, deadlineMs } = gathering;
    gathering.receivers = [];
    gathering.deadlineMs = 0;
    this.#parts.lanes.submit(shardId, builder.take(), deadlineMs, (reply) => deliver(reply, receivers));
  }
}

function deliver({ results, session }: Reply, receivers: readonly ((answer: UnaryAnswer) => void)[]): void {
  for (const [row, receiver] of receivers.entries()) receiver({ result: results.read(row), session });
}
