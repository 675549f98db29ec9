import { LEADER_VERBS, submit, type Verb } from "./leader-verbs.ts";
import type { ScriptSession } from "./script-session.ts";
import { Words } from "./words.ts";

/** Where a script begins; none of it is told. */
export const GIVEN_VERBS: Readonly<Record<string, Verb>> = {
  /** `given node NAME [queue=ROWS]`: what is under test; "a" with a long queue unless said. */
  node: (session, words) => {
    const queueRowsMax = words.numberOption("queue") ?? 8192;
    session.useHost({ nodeId: words.take("name"), queueRowsMax });
  },
  /** `given leader [ackset= remote= replicas=]`: established in generation 1, its peers attached. */
  leader: (session, words) => {
    for (const line of [`configure ${words.rest()}`, "promise", "flush", "disk"]) run(session, line);
    for (const peer of peers(session)) run(session, `attach ${peer}`);
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
  for (const peer of peers(session)) run(session, `ack ${peer}`);
  run(session, "ship");
}

function peers(session: ScriptSession): string[] {
  const ackSet = session.configuration?.ackSet ?? [];
  return ackSet.filter((member) => member !== session.host.options.nodeId);
}

function run(session: ScriptSession, line: string): void {
  const words = new Words(line);
  LEADER_VERBS[words.take("verb")](session, words);
  words.end();
}
