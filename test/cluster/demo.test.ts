import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import type { WorkloadSummary } from "../../workload/workload-summary.ts";
import { runProgram } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PROGRAM = fileURLToPath(new URL("../../cli/harborpoint.mjs", import.meta.url));
const SMALL = ["--issuers", "30", "--shards", "4", "--per-second", "60", "--wan-delay-ms", "5"];

function canConnect(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const [host, port] = address.split(":");
    const socket = connect(Number(port), host);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

// A busy machine takes many times what an idle one does.
t.setTimeout(400_000);

t.test(
  "for a script the demo ends by itself, with figures and a passed audit",
  { timeout: 200_000 },
  async (t) => {
    const file = join(temporaryDirectory(t), "summary.json");
    const { code, stdout, stderr } = await runProgram(["demo", "--seconds", "4", "--json", file, ...SMALL]);
    t.equal(code, 0, stderr);
    t.match(stdout, /npx harborpoint reserve/);
    t.match(stdout, /audit ok: 30 issuers checked, 0 oversold, 0 duplicate tokens, replicas equal/);
    const summary: WorkloadSummary = JSON.parse(readFileSync(file, "utf8"));
    t.match(summary.audit, {
      ok: true,
      oversoldIssuers: 0,
      duplicateTokens: 0,
      replicasEqual: true,
      findings: [],
    });
    t.ok(summary.seconds >= 4 && summary.approved > 100 && summary.declined > 0, JSON.stringify(summary));
    t.same(Object.keys(summary.regions), ["madrid", "new-york"]);
    for (const [region, { perSecond, p50Ms, p99Ms, home, crossRegion }] of Object.entries(summary.regions)) {
      t.ok(perSecond > 10 && p50Ms > 0 && p99Ms >= p50Ms, region);
      t.ok(home.count > 0 && crossRegion.count > 0, region);
      t.ok(crossRegion.p50Ms >= 10, `${region}: ${crossRegion.p50Ms} ms over the WAN`);
    }
  },
);

t.test("Ctrl-C stops everything the demo started", { timeout: 200_000 }, async (t) => {
  const demo = spawn(process.execPath, [PROGRAM, "demo", ...SMALL], { stdio: ["ignore", "pipe", "ignore"] });
  t.teardown(() => demo.kill("SIGKILL"));
  const ended = new Promise((resolve) => demo.once("exit", (code) => resolve(code)));
  let shown = "";
  await new Promise<void>((resolve) => {
    demo.stdout.on("data", (bytes: Buffer) => {
      shown += bytes.toString();
      if (shown.includes("approved")) resolve(); // the load runs
    });
  });
  const addresses = [...shown.matchAll(/127\.0\.0\.1:\d+/g)].map(([address]) => address);
  t.ok(addresses.length >= 4 && (await canConnect(addresses[0])));
  demo.kill("SIGINT");
  t.equal(await ended, 0);
  for (const address of new Set(addresses)) t.equal(await canConnect(address), false, address);
});
