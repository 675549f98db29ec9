import { assert } from "../../../common/assert.ts";
import type { ConfigurationPublished } from "../changes.ts";
import type { ShardConfig } from "../configuration.ts";
import type { Moment } from "../liveness.ts";
import { avoidedBy, type CandidateView, chooseCut } from "./candidate.ts";
import { isFenced } from "./fence.ts";
import { best, isFeasible, nextGroup } from "./next-group.ts";
import type { NextGroup, Operation, SealAnswer, SealCommand } from "./operation.ts";
import type { OperationRun } from "./operation-run.ts";
import type { OperationTimings } from "./operation-timings.ts";

/** Everything an operation looks at. */
export type OperationView = CandidateView & {
  /** Whether the generation in force serves. */
  readonly isEstablished: boolean;
  /** Highest generation any node said it promised. */
  readonly highestPromise: number;
  readonly leaseFreeAtMs: number;
  readonly timings: OperationTimings;
  /** Makes UUIDs. */
  readonly newId: () => string;
};

/** Where an operation got to. */
export type Advance = {
  readonly operation: Operation;
  /** The one decision: what comes into force. To be persisted together with the operation. */
  readonly published: ConfigurationPublished | undefined;
  readonly commands: readonly SealCommand[];
};

/**
 * Takes an operation as far as what is known now allows. Called after every event that may matter
 * and on every tick; calling it once more changes nothing.
 */
export function advance(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  switch (operation.phase) {
    case "SEAL":
      return inSeal(operation, run, view, now);
    case "FENCE":
      return inFence(operation, run, view, now);
    case "ESTABLISH":
      return inEstablish(operation, run, view, now);
    case "DONE":
      return resting(operation);
  }
}

/** Takes note of an answer; late ones of an earlier attempt change nothing. */
export function recordSeal(
  operation: Operation,
  run: OperationRun,
  answer: SealAnswer,
  now: Moment,
): Operation {
  const isAsked = operation.phase === "SEAL" || operation.phase === "FENCE";
  const isCurrent =
    answer.generation === operation.generation && answer.promisedGeneration === answer.generation;
  if (!isAsked || !isCurrent) return operation;
  const { nodeId, endGeneration, endLsn } = answer;
  if (operation.seals.some((seal) => seal.nodeId === nodeId)) return operation;
  run.sealed(answer, now.monotonicMs);
  return { ...operation, seals: [...operation.seals, { nodeId, endGeneration, endLsn }] };
}

function inSeal(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  if (view.highestPromise > operation.generation) return askHigher(operation, run, view, now);
  const isTargetLate = now.monotonicMs - run.attemptStartMs >= view.timings.sealAnswerMs;
  const cut = chooseCut(view, operation, isTargetLate);
  if (cut === undefined) return { ...resting(operation), commands: dueSeals(operation, run, view, now) };
  return inFence({ ...operation, ...cut, phase: "FENCE" }, run, view, now);
}

function inFence(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  if (view.highestPromise > operation.generation) return askHigher(operation, run, view, now);
  if (!isFeasible(view, operation.group)) {
    return inSeal({ ...operation, phase: "SEAL", startLsn: undefined }, run, view, now);
  }
  const { grantFreeAtMs } = run;
  if (isFenced({ ...view, grantFreeAtMs }, now.monotonicMs)) return publish(operation, run, view, now);
  return { ...resting(operation), commands: dueSeals(operation, run, view, now) };
}

function inEstablish(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  const isOurs = view.current.generation === operation.generation;
  assert(isOurs, `shard ${operation.shardId}: nobody else publishes while an operation is open`);
  if (view.isEstablished) return resting({ ...operation, phase: "DONE", closeTimeMs: now.wallMs });
  if (now.monotonicMs - run.publishedAtMs < view.timings.establishMs) return resting(operation);
  return tryAgain(operation, run, view, now);
}

function publish(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  const { shardId, generation, publicationId, group, startLsn } = operation;
  const { current, eligible } = view;
  assert(startLsn !== undefined, "a chosen leader has a cut");
  assert(eligible.has(group.leader), `${group.leader} holds every acknowledged record of shard ${shardId}`);
  assert(generation > current.generation, `shard ${shardId}: generations only grow`);
  run.publishedAtMs = now.monotonicMs;
  const config: ShardConfig = {
    shardId,
    generation,
    incarnation: current.incarnation,
    homeRegion: current.homeRegion,
    ...group,
    startLsn,
    changeKind: "LOSSLESS",
    operationId: publicationId,
  };
  return {
    operation: { ...operation, phase: "ESTABLISH" },
    published: { kind: "configuration_published", config, publishTimeMs: now.wallMs },
    commands: [],
  };
}

/** A node promised more than was asked for: only a generation above that can be established. */
function askHigher(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  const generation = view.highestPromise + 1;
  run.startAttempt(now.monotonicMs);
  return inSeal({ ...operation, phase: "SEAL", generation, seals: [], startLsn: undefined }, run, view, now);
}

/** What was published did not come to life: the next generation, and not with the same partner if there is another. */
function tryAgain(operation: Operation, run: OperationRun, view: OperationView, now: Moment): Advance {
  const attempt = operation.attempt + 1;
  run.startAttempt(now.monotonicMs);
  const next: Operation = {
    ...operation,
    phase: "SEAL",
    attempt,
    publicationId: view.newId(),
    generation: Math.max(operation.generation, view.highestPromise) + 1,
    group: nextAim(operation, view) ?? operation.group,
    seals: [],
    startLsn: undefined,
  };
  return inSeal(next, run, view, now);
}

/** The same leader once more if it lives; from then on it takes turns with the others. */
function nextAim(operation: Operation, view: OperationView): NextGroup | undefined {
  const { eligible, isHeard, current } = view;
  const attempt = operation.attempt + 1;
  const leader = best([...eligible].filter(isHeard), (nodeId) => [
    (nodeId === current.leader) === (attempt % 2 === 0),
    view.node(nodeId).region === current.homeRegion,
  ]);
  return leader === undefined
    ? undefined
    : nextGroup(view, leader, avoidedBy({ ...operation, attempt }, current.ackSet));
}

/** Everybody who may lead next, and everybody whose promise is part of a fence, at once. */
function dueSeals(
  { shardId, operationId, generation, kind, seals }: Operation,
  run: OperationRun,
  { eligible, current, timings }: OperationView,
  now: Moment,
): SealCommand[] {
  const members = new Set([...eligible, ...current.ackSet, ...(kind === "FAILOVER" ? [current.remote] : [])]);
  for (const { nodeId } of seals) members.delete(nodeId);
  return [...members]
    .filter((nodeId) => run.askAgain(nodeId, now.monotonicMs, timings.sealAgainMs))
    .map((nodeId) => ({ kind: "seal", nodeId, shardId, operationId, generation }));
}

function resting(operation: Operation): Advance {
  return { operation, published: undefined, commands: [] };
}
