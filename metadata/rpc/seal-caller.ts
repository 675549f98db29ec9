import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import {
  ReplicationService,
  SealRequestSchema,
  type SealResponse,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { SealAnswer, SealCommand } from "../model/operations/operation.ts";
import type { NodeChannels } from "./node-channels.ts";

/** A node that takes longer than this is asked again. */
const CALL_MS_MAX = 1500;

/** Parts of a seal caller. */
export interface SealCallerParts {
  readonly channels: Pick<NodeChannels, "to">;
  readonly log: Log;
  /** Hears what a node answered. */
  readonly onAnswer: (answer: SealAnswer) => void;
}

/**
 * Asks nodes for their promises. A question that gets no answer is dropped: the operation repeats it,
 * and an answer is the same however often it is asked for. At most one question to a node about one
 * generation of a shard is under way.
 */
export class SealCaller {
  readonly #parts: SealCallerParts;
  readonly #underWay = new Set<string>();
  #isStopped = false;

  constructor(parts: SealCallerParts) {
    this.#parts = parts;
  }

  /** Asks all at once and returns at once. */
  perform(commands: readonly SealCommand[]): void {
    for (const command of commands) void this.#ask(command);
  }

  /** Answers that still come are dropped. */
  close(): void {
    this.#isStopped = true;
  }

  async #ask(command: SealCommand): Promise<void> {
    const { nodeId, shardId, generation } = command;
    const question = `${nodeId} ${shardId} ${generation}`;
    if (this.#isStopped || this.#underWay.has(question)) return;
    this.#underWay.add(question);
    try {
      const answer = await this.#call(command);
      if (!this.#isStopped) this.#parts.onAnswer(answer);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { reason, message } = error;
      this.#parts.log.info("seal_unanswered", { nodeId, shardId, generation, reason, message });
    } finally {
      this.#underWay.delete(question);
    }
  }

  async #call({ nodeId, shardId, generation, operationId }: SealCommand): Promise<SealAnswer> {
    const request = create(SealRequestSchema, { shardId, generation: BigInt(generation), operationId });
    const options = { deadlineMs: CALL_MS_MAX, foreignReason: "LEADER_UNREACHABLE" } as const;
    const channel = this.#parts.channels.to(nodeId);
    const response = await channel.unary(ReplicationService.method.seal, request, options);
    return { shardId, operationId, nodeId, generation, ...promiseOf(response) };
  }
}

function promiseOf({ promisedGeneration, end, grantRemainingMs }: SealResponse) {
  return {
    promisedGeneration: Number(promisedGeneration),
    endGeneration: Number(end?.generation ?? 0n),
    endLsn: Number(end?.lsn ?? 0n),
    grantRemainingMs,
  };
}
