// npm run test:cluster -- [--json FILE] [--only NAME …]: breaks real clusters and says what became of them.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeResult } from "./report.ts";
import { runAlone, type ScenarioResult } from "./scenario.ts";
import { SCENARIOS } from "./scenario-list.ts";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
  },
});

const unknown = values.only.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  const names = SCENARIOS.map(({ name }) => `  ${name}`).join("\n");
  console.error(`no scenario ${unknown.join(", ")}; there are\n${names}`);
  process.exit(2);
}

const scenarios: ScenarioResult[] = [];
for (const scenario of SCENARIOS) {
  if (values.only.length > 0 && !values.only.includes(scenario.name)) continue;
  const result = await runAlone(scenario);
  scenarios.push(result);
  console.log(describeResult(result));
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ scenarios }, undefined, 2)}\n`);
const failed = scenarios.filter(({ ok }) => !ok).length;
console.log(`${scenarios.length} scenarios, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
