import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Clock } from "../../common/clock.ts";
import type { Reason } from "../../common/errors/catalog.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { CounterSeries, Metrics } from "../../common/metrics/metrics.ts";
import type { Consistency, ReadLabel } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { ShardDirectory } from "../directory/shard-directory.ts";
import { planRead, type ReadStep, type ReadWish } from "../placement/read-plan.ts";
import type { ShardPlacement } from "../placement/shard-map.ts";
import type { NodeCalls } from "./node-calls.ts";
import { anyConsistency, contractAsked, readWish } from "./read-wish.ts";

/** Longest wait for a node while there are others left to ask, in milliseconds. */
const FIRST_CHOICE_MS_MAX = 500;

/** Failures that another node may not have; every other one is the answer. */
const ANOTHER_NODE_MAY_HELP = new Set<Reason>([
  "STALE_GENERATION",
  "NOT_LEADER",
  "WRONG_SHARD",
  "SHARD_FROZEN",
  "LEADER_UNREACHABLE",
  "SHUTTING_DOWN",
  "OVERLOADED",
  "POSITION_NOT_REACHED",
  "STALENESS_EXCEEDED",
  "WAL_CORRUPT",
]);

/** A node to put a read to. */
export type ReadTarget = {
  /** What to ask of it: the caller's wish, or a weaker one. */
  readonly consistency: Consistency | undefined;
  /** Makes the call. */
  readonly call: <In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
  ) => Promise<MessageShape<Out>>;
};

/** One read, whatever its kind. */
export type Read<Response extends { label?: ReadLabel }> = {
  readonly shardId: number;
  readonly consistency: Consistency | undefined;
  /** Longest wait, in milliseconds. */
  readonly waitMs: number;
  /** Puts the read to a node. */
  readonly ask: (target: ReadTarget) => Promise<Response>;
};

/** What the read path is made of. */
export type ReadPathParts = {
  readonly region: string;
  readonly directory: ShardDirectory;
  readonly calls: NodeCalls;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** Answers reads from the nearest node that keeps the contract asked for, and says who that was and why. */
export class ReadPath {
  readonly #parts: ReadPathParts;
  readonly #servedByLeader: CounterSeries;
  readonly #servedByFollower: CounterSeries;
  readonly #servedStale: CounterSeries;

  constructor(parts: ReadPathParts) {
    this.#parts = parts;
    const series = (servedBy: string) =>
      parts.metrics.counter("harborpoint_router_reads_total", { served_by: servedBy });
    this.#servedByLeader = series("leader");
    this.#servedByFollower = series("follower");
    this.#servedStale = series("stale_follower");
  }

  /** Rejects with what the node says, LEADER_UNREACHABLE, or STALENESS_EXCEEDED where the caller chose to fail. */
  async read<Response extends { label?: ReadLabel }>(read: Read<Response>): Promise<Response> {
    const { calls, clock, directory, region } = this.#parts;
    const deadlineMs = clock.monotonicMs() + read.waitMs;
    const wish = readWish(read.consistency);
    const shard = calls.requireShard(read.shardId);
    const plan = planRead(wish, shard, region, (nodeId) => directory.node(nodeId));
    const reasons: string[] = plan.fallbackReason === "" ? [] : [plan.fallbackReason];
    let failure: StoreError | undefined;
    for (const [index, step] of plan.steps.entries()) {
      const remainingMs = deadlineMs - clock.monotonicMs();
      const isLast = index === plan.steps.length - 1;
      const waitMs = isLast ? remainingMs : Math.min(FIRST_CHOICE_MS_MAX, remainingMs / 2);
      try {
        const response = await read.ask(this.#target(shard, step, read.consistency, waitMs));
        this.#label(response, wish, step, shard, reasons.join(", "));
        return response;
      } catch (error) {
        failure = failureOfOneNode(error);
        reasons.push(failure.reason);
      }
    }
    throw finalError(wish, failure);
  }

  #target(
    shard: ShardPlacement,
    step: ReadStep,
    consistency: Consistency | undefined,
    waitMs: number,
  ): ReadTarget {
    const { calls } = this.#parts;
    const options = { waitMs, foreignReason: "LEADER_UNREACHABLE" } as const;
    return {
      consistency: step.acceptStale ? anyConsistency() : consistency,
      call: (method, request) =>
        step.nodeId === shard.leader
          ? calls.askLeader(shard.shardId, method, request, options)
          : calls.askNode(step.nodeId, shard, method, request, options),
    };
  }

  #label(
    response: { label?: ReadLabel },
    wish: ReadWish,
    step: ReadStep,
    shard: ShardPlacement,
    fallbackReason: string,
  ): void {
    if (step.acceptStale) this.#servedStale.inc();
    else if (step.nodeId === shard.leader) this.#servedByLeader.inc();
    else this.#servedByFollower.inc();
    if (response.label === undefined) return;
    response.label.fallbackReason = fallbackReason;
    response.label.contractAsked = contractAsked(wish);
    response.label.stale ||= step.acceptStale;
  }
}

/** What one node said, when another one may say better; throws everything else. */
function failureOfOneNode(error: unknown): StoreError {
  if (error instanceof StoreError && ANOTHER_NODE_MAY_HELP.has(error.reason)) return error;
  throw error;
}

function finalError(wish: ReadWish, failure: StoreError | undefined): StoreError {
  if (wish.contract === "bounded" && wish.onStale === "fail") {
    return new StoreError("STALENESS_EXCEEDED", { cause: failure });
  }
  return failure ?? new StoreError("LEADER_UNREACHABLE");
}
