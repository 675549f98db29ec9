import { assert } from "../../../common/assert.ts";
import { Kind, PUBLIC_KIND_MAX } from "../../../common/batch/kinds.ts";
import type { ShardConfiguration } from "../../../node/shard/configuration.ts";
import { incarnationOf, SHARD_ID } from "../shard/frame-author.ts";
import { parseMutations } from "./mutation-words.ts";
import type { ScriptSession } from "./script-session.ts";
import { durationMs, number, Words } from "./words.ts";

/** Carries out the rest of a line that begins with a verb. */
export type Verb = (session: ScriptSession, words: Words) => void;

/** How long a caller waits unless the script says otherwise: longer than any script. */
const PATIENCE = "1d";

/** What happens to a leader, and to any node. */
export const LEADER_VERBS: Readonly<Record<string, Verb>> = {
  /** `configure [generation= leader= ackset= remote= replicas= start= op= life=]` or `configure proposed` */
  configure: (session, words) => {
    const configuration = words.takeIf("proposed") ? proposed(session) : configurationOf(words);
    session.step({ type: "configured", configuration });
    session.configuration = configuration;
  },
  /** `submit MUTATIONS [with generation= deadline= region= kinds=public]` */
  submit: (session, words) => submit(session, words.rest()),
  flush: (session) => session.take(session.host.flush()),
  /** `ship [heartbeat]` */
  ship: (session, words) => {
    session.step({ type: "ship", nowMs: session.host.nowMs, heartbeat: words.takeIf("heartbeat") });
  },
  /** `attach NODE [generation= life= session=same]`: the follower's disk finishes, then it subscribes. */
  attach: (session, words) => {
    const follower = session.follower(words.take("node"));
    const generation = words.numberOption("generation") ?? session.configuration?.generation ?? 0;
    const life = words.numberOption("life");
    const stream = words.option("session") === "same" ? follower.session : session.openSession(follower);
    const event = follower.attach(stream, session.host.nowMs, generation);
    session.step(life === undefined ? event : { ...event, incarnation: incarnationOf(life) });
  },
  /** `ack NODE [generation= nonce= durable= chain=wrong]`: everything it received is durable. */
  ack: (session, words) => {
    const follower = session.follower(words.take("node"));
    const event = follower.acknowledge(session.host.nowMs);
    session.step({
      ...event,
      generation: words.numberOption("generation") ?? event.generation,
      nonce: words.numberOption("nonce") ?? event.nonce,
      durableLsn: words.numberOption("durable") ?? event.durableLsn,
      durableChain: words.option("chain") === "wrong" ? new Uint8Array(32).fill(9) : event.durableChain,
    });
  },
  /** `detach NODE`: its stream ends; what it received it keeps. */
  detach: (session, words) => {
    const follower = session.follower(words.take("node"));
    follower.isAttached = false;
    session.step({ type: "follower_detached", session: follower.session });
  },
  /** `crash NODE`: likewise, but what it had not synced is gone. */
  crash: (session, words) => {
    const follower = session.follower(words.take("node"));
    follower.crash();
    session.step({ type: "follower_detached", session: follower.session });
  },
  /** `cut`: the engine's own cut is done. `cut NODE keep=`: a follower did what it was told. */
  cut: (session, words) => {
    const nodeId = words.takeOptional();
    if (nodeId === undefined) return session.take(session.host.finishCut());
    session.follower(nodeId).cut(words.numberOption("keep") ?? 0);
  },
  /** `disk [all]`: the disk finishes the oldest append, or all of them. */
  disk: (session, words) => {
    const appends = words.takeIf("all") ? session.host.unsynced.length : 1;
    for (let i = 0; i < appends; i++) session.take(session.host.sync());
  },
  /** `promise`: the oldest promise is on stable storage. */
  promise: (session) => session.take(session.host.persistPromise()),
  /** `disk-space full|enough` */
  "disk-space": (session, words) =>
    session.step({ type: "disk_space", full: words.take("state") === "full" }),
  /** `tick [DURATION]`: time passes with heartbeats, their answers and the timer; without it the timer fires once. */
  tick: (session, words) => {
    const duration = words.takeOptional();
    if (duration === undefined) session.take(session.host.tick());
    else session.pass(durationMs(duration));
  },
  /** `wait DURATION`: time passes and nothing else happens. */
  wait: (session, words) => session.host.pass(durationMs(words.take("duration"))),
  /** `seal GENERATION`: an operation asks for a promise and for the end of the log. */
  seal: (session, words) => {
    session.step({ type: "seal_asked", ticket: 1, generation: number(words.take("generation")) });
  },
  /** `wall DURATION`: the wall clock jumps. */
  wall: (session, words) => {
    session.host.wallMs += durationMs(words.take("duration"));
  },
  /** `lease DURATION [generation=]`: the metadata service leases the leadership. */
  lease: (session, words) => {
    const untilMs = session.host.nowMs + durationMs(words.take("duration"));
    const generation = words.numberOption("generation") ?? session.configuration?.generation ?? 0;
    session.step({ type: "leased", generation, untilMs });
  },
  /** `restart [keep=all]`: the process dies and comes back with what was synced, or with all it wrote. */
  restart: (session, words) => {
    session.host.restart(words.option("keep") === "all");
    session.configuration = undefined;
  },
};

/** Submits the mutations of a text. */
export function submit(session: ScriptSession, line: string): void {
  const [mutations, options = ""] = line.split(" with ");
  const words = new Words(options);
  const deadline = words.option("deadline") ?? PATIENCE;
  const generation = words.numberOption("generation") ?? 0;
  const region = words.option("region") ?? "madrid";
  const kindMax = words.option("kinds") === "public" ? PUBLIC_KIND_MAX : Kind.TOKEN_FENCE;
  words.end();
  const deadlineMs = session.host.nowMs + durationMs(deadline);
  session.submit(parseMutations(mutations, session.tokens), { generation, region, kindMax, deadlineMs });
}

function configurationOf(words: Words): ShardConfiguration {
  const generation = words.numberOption("generation") ?? 1;
  const leader = words.option("leader") ?? "a";
  const ackSet = words.listOption("ackset") ?? [leader];
  const remote = words.option("remote") ?? "";
  return {
    shardId: SHARD_ID,
    generation,
    incarnation: incarnationOf(words.numberOption("life") ?? 1),
    leader,
    ackSet,
    remote,
    replicas: words.listOption("replicas") ?? (remote === "" ? ackSet : [...ackSet, remote]),
    startLsn: words.numberOption("start") ?? 1,
    operationId: words.option("op") ?? `operation-${generation}`,
    established: words.option("established") === "yes",
  };
}

/** The register took the restart that the engine proposed. */
function proposed(session: ScriptSession): ShardConfiguration {
  const { proposal } = session;
  const before = session.configuration;
  assert(proposal !== undefined && before !== undefined, "nothing was proposed");
  const { generation, startLsn, operationId } = proposal;
  return { ...before, generation, startLsn, operationId, established: false };
}
