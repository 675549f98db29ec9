import t from "tap";
import { describeResult } from "./report.ts";
import { runAlone, type Scenario } from "./scenario.ts";

/** Start and end of a cluster included; what takes longer hangs. */
const SCENARIO_MS_MAX = 240_000;

/** Makes one test of each scenario, one after another. */
export function testScenarios(scenarios: readonly Scenario[]): void {
  t.setTimeout(scenarios.length * SCENARIO_MS_MAX);
  for (const scenario of scenarios) {
    t.test(scenario.claim, { timeout: SCENARIO_MS_MAX }, async (t) => {
      const result = await runAlone(scenario);
      t.comment(describeResult(result));
      t.ok(result.ok, result.problem ?? scenario.name);
    });
  }
}
