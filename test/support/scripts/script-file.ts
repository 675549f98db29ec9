import { readFileSync, writeFileSync } from "node:fs";

/** A golden script: the claim it makes, what happens, and what the engine does about it. */
export type ScriptFile = {
  readonly path: string;
  readonly claim: string;
  readonly commands: readonly string[];
  readonly expected: string;
};

const SEPARATOR = "\n---\n";

export function readScript(path: string): ScriptFile {
  const whole = readFileSync(path, "utf8");
  const at = whole.indexOf(SEPARATOR);
  const script = at < 0 ? whole.trimEnd() : whole.slice(0, at);
  const expected = at < 0 ? "" : whole.slice(at + SEPARATOR.length);
  const [claim, ...commands] = script.split("\n");
  return { path, claim, commands, expected };
}

/** Writes a script with another expectation. */
export function writeScript(script: ScriptFile, trace: string): void {
  writeFileSync(script.path, [script.claim, ...script.commands].join("\n") + SEPARATOR + trace);
}
