import type { PublishedGeneration } from "./configuration.ts";
import type { Finding } from "./finding.ts";
import type { MetadataEngine } from "./metadata-engine.ts";
import type { Moment } from "./liveness.ts";

/** Something an operator should know. */
export type Problem = {
  /** CRITICAL: something is refused. WARNING: it works, with less to spare. */
  readonly severity: "WARNING" | "CRITICAL";
  /** Stable upper-case name. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
  readonly shardId?: number;
  readonly nodeId?: string;
};

/**
 * Everything that is wrong as far as the metadata service can tell, worst first.
 * @param warnings what the check of the configuration left standing
 */
export function clusterProblems(
  engine: MetadataEngine,
  warnings: readonly Finding[],
  now: Moment,
): readonly Problem[] {
  const problems = [
    ...bootstrapProblems(engine, now),
    ...[...engine.state.shards.values()].flatMap(({ current }) => shardProblems(engine, current, now)),
    ...[...engine.state.nodes.keys()].flatMap((nodeId) => nodeProblems(engine, nodeId, now)),
    ...issuerProblems(engine),
    ...warnings.map(({ code, message }): Problem => ({ severity: "WARNING", code, message })),
  ];
  return problems.sort((a, b) => (a.severity === b.severity ? 0 : a.severity === "CRITICAL" ? -1 : 1));
}

function bootstrapProblems(engine: MetadataEngine, now: Moment): Problem[] {
  const missing = engine.missingForBootstrap(now);
  if (missing === undefined) return [];
  return [{ severity: "CRITICAL", code: "SHARDS_NOT_PLACED", message: `no shard is placed yet: ${missing}` }];
}

/** Members of the ack set stop writes when they are silent; their own problem says so by node. */
function shardProblems(engine: MetadataEngine, published: PublishedGeneration, now: Moment): Problem[] {
  const { config, establishTimeMs } = published;
  const { shardId, generation, leader } = config;
  const problem = (code: string, message: string): Problem => ({
    severity: "CRITICAL",
    code,
    message: `shard ${shardId}: ${message}`,
    shardId,
    nodeId: leader,
  });
  const promised = engine.liveness.highestPromise(shardId);
  const problems: Problem[] = [];
  if (promised > generation) {
    problems.push(
      problem("PROMISE_AHEAD", `a node promised generation ${promised}, in force is ${generation}`),
    );
  }
  if (!engine.liveness.isAlive(leader, now.monotonicMs)) {
    problems.push(problem("LEADER_SILENT", `leader ${leader} gives no sign of life`));
  } else if (establishTimeMs === undefined) {
    problems.push(problem("NOT_ESTABLISHED", `${leader} has not yet established generation ${generation}`));
  } else if (engine.liveness.heartbeat(leader, shardId)?.hasAuthority !== true) {
    problems.push(problem("NO_AUTHORITY", `leader ${leader} may not acknowledge now`));
  }
  return problems;
}

function nodeProblems(engine: MetadataEngine, nodeId: string, now: Moment): Problem[] {
  if (engine.liveness.isAlive(nodeId, now.monotonicMs)) return [];
  const silentMs = engine.liveness.silentMs(nodeId, now.monotonicMs);
  const since = silentMs === undefined ? "since this service started" : `for ${Math.round(silentMs)} ms`;
  const lineages = [...engine.state.shards.values()];
  const stopped = lineages.filter(({ current }) => current.config.ackSet.includes(nodeId)).length;
  return [
    {
      severity: stopped > 0 ? "CRITICAL" : "WARNING",
      code: "NODE_SILENT",
      message: `${nodeId} is silent ${since}; it acknowledges for ${stopped} shards`,
      nodeId,
    },
  ];
}

function issuerProblems(engine: MetadataEngine): Problem[] {
  const count = engine.state.issuers.unrecordedCount;
  if (count === 0) return [];
  const message = `${count} issuers are placed but not recorded by their leaders; register them again`;
  return [{ severity: "WARNING", code: "ISSUERS_NOT_RECORDED", message }];
}
