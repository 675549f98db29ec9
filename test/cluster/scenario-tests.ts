import t from "tap";
import { TestCluster } from "../support/cluster/test-cluster.ts";
import { describeResult } from "./report.ts";
import { runScenario, type Scenario } from "./scenario.ts";

/** Of one scenario in a test file, the start of its cluster included; what takes longer hangs. */
const SCENARIO_MS_MAX = 180_000;

/**
 * Makes one test of each scenario. They run one after another on one cluster, as each leaves it
 * healthy; after one that failed, the next gets a new one.
 */
export function testScenarios(scenarios: readonly Scenario[]): void {
  t.setTimeout(scenarios.length * SCENARIO_MS_MAX);
  let cluster: TestCluster | undefined;
  t.teardown(() => cluster?.stop());
  for (const scenario of scenarios) {
    t.test(scenario.claim, { timeout: SCENARIO_MS_MAX }, async (t) => {
      cluster ??= await TestCluster.start();
      const result = await runScenario(scenario, cluster);
      t.comment(describeResult(result));
      if (!result.ok) {
        await cluster.stop();
        cluster = undefined;
      }
      t.ok(result.ok, result.problem ?? scenario.name);
    });
  }
}
