import { assert } from "../../../common/assert.ts";
import { FOLLOWER_VERBS } from "./follower-verbs.ts";
import { GIVEN_VERBS } from "./given-verbs.ts";
import { LEADER_VERBS, type Verb } from "./leader-verbs.ts";
import { LOOK_VERBS } from "./look-verbs.ts";
import { ScriptSession } from "./script-session.ts";
import { Words } from "./words.ts";

const VERBS: Readonly<Record<string, Verb>> = { ...LEADER_VERBS, ...FOLLOWER_VERBS, ...LOOK_VERBS };

/** Runs the commands of a script; the trace is each of them followed by what the engine did. */
export function runScript(commands: readonly string[]): string {
  const session = new ScriptSession();
  let trace = "";
  for (const line of commands) {
    const command = line.trim();
    if (command === "" || command.startsWith("#")) continue;
    trace += command.startsWith("given ") ? prepare(session, command) : tell(session, command);
  }
  return trace;
}

function prepare(session: ScriptSession, command: string): string {
  run(session, GIVEN_VERBS, new Words(command.slice("given ".length)));
  session.takeTrace();
  session.forgetTickets();
  return "";
}

function tell(session: ScriptSession, command: string): string {
  run(session, VERBS, new Words(command));
  const lines = session.takeTrace().flatMap((told) => told.split("\n"));
  return [`> ${command}`, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function run(session: ScriptSession, verbs: Readonly<Record<string, Verb>>, words: Words): void {
  const verb = words.take("verb");
  assert(Object.hasOwn(verbs, verb), `"${words.line}": no such command`);
  verbs[verb](session, words);
  words.end();
}
