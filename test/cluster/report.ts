import type { ScenarioResult } from "./scenario.ts";

/** One line for a scenario that held, all that was wrong for one that did not. */
export function describeResult(result: ScenarioResult): string {
  const { name, ok, seconds, problem = "" } = result;
  const line = `${ok ? "ok  " : "FAIL"} ${name.padEnd(36)} ${figuresOf(result)} (${seconds.toFixed(1)} s)`;
  return ok ? line : `${line}\n${problem.replaceAll(/^/gm, "       ")}`;
}

function figuresOf(result: ScenarioResult): string {
  const { secondsWithoutWrites, acknowledged, acknowledgedLost, duplicates } = result;
  if (acknowledged === undefined) return "";
  return [
    `${(secondsWithoutWrites ?? 0).toFixed(1).padStart(5)} s without writes`,
    `${acknowledged} acknowledged`,
    `${acknowledgedLost} lost`,
    `${duplicates} duplicates`,
  ].join(", ");
}
