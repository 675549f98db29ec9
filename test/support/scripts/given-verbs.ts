import { LEADER_VERBS, submit, type Verb } from "./leader-verbs.ts";
import type { ScriptSession } from "./script-session.ts";
import { durationMs, Words } from "./words.ts";

/** Where a script begins; none of it is told. */
export const GIVEN_VERBS: Readonly<Record<string, Verb>> = {
  /** `given node NAME [queue=ROWS retention=DURATION]`: what is under test; "a" unless said. */
  node: (session, words) => {
    const queueRowsMax = words.numberOption("queue") ?? 8192;
    const retentionMs = durationMs(words.option("retention") ?? "30d");
    const tokenWindow = { retentionMs, aheadMsMax: durationMs("5m") };
    session.useHost({ nodeId: words.take("name"), queueRowsMax, tokenWindow });
  },
  /** `given leader [ackset= remote= replicas=]`: established in generation 1, its followers attached. */
  leader: (session, words) => {
    for (const line of [`configure ${words.rest()}`, "promise", "flush", "disk"]) run(session, line);
    for (const follower of followers(session)) run(session, `attach ${follower}`);
    everybodySyncs(session);
    everybodySyncs(session);
  },
  /** `given issuer NAME LIMIT [currency=]` */
  issuer: (session, words) => {
    const issuerId = words.take("issuer");
    decide(session, `registration-of-${issuerId} register ${issuerId} ${words.rest()}`);
  },
  /** `given decided MUTATIONS`: recorded and answered. */
  decided: (session, words) => decide(session, words.rest()),
};

function decide(session: ScriptSession, mutations: string): void {
  submit(session, mutations);
  run(session, "flush");
  everybodySyncs(session);
}

function everybodySyncs(session: ScriptSession): void {
  run(session, "disk all");
  for (const follower of followers(session)) run(session, `ack ${follower}`);
  run(session, "ship heartbeat");
  for (const follower of followers(session)) run(session, `ack ${follower}`);
}

function followers(session: ScriptSession): string[] {
  const { ackSet = [], remote = "" } = session.configuration ?? {};
  const others = ackSet.filter((member) => member !== session.host.options.nodeId);
  return remote === "" ? others : [...others, remote];
}

function run(session: ScriptSession, line: string): void {
  const words = new Words(line);
  LEADER_VERBS[words.take("verb")](session, words);
  words.end();
}
