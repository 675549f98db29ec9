import { connect } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { freePorts } from "../../../cli/cluster/free-ports.ts";
import { ManagedProcess } from "../../../cli/cluster/managed-process.ts";
import { systemRandom } from "../../../common/random.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const wanPlan = (links: object) => ({
  name: "wan",
  args: ["wan", "--links", JSON.stringify(links), "--delay-ms", "1"],
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function logIn(t: Test): string {
  return join(temporaryDirectory(t), "logs", "process.log");
}

t.test("a process is ready when it says so, and leaves when it is asked to", async (t) => {
  const [port, target] = await freePorts(2, systemRandom);
  const links = { link: { listen: `127.0.0.1:${port}`, target: `127.0.0.1:${target}` } };
  const running = ManagedProcess.spawn(wanPlan(links), logIn(t));
  t.teardown(() => running.stop());
  await running.ready();
  t.equal(await canConnect(port), true);
  await running.stop();
  t.equal(running.isRunning, false);
  t.match(await running.ended, { code: 0, signal: null });
  t.equal(await canConnect(port), false);
});

t.test("one that cannot start says why", async (t) => {
  const running = ManagedProcess.spawn({ name: "sick", args: ["node", "--lanes", "many"] }, logIn(t));
  await t.rejects(running.ready(), /sick ended before it was ready[^]*lanes/);
});

t.test("a killed one is gone when the call returns", async (t) => {
  const running = ManagedProcess.spawn(wanPlan({}), logIn(t));
  await running.ready();
  await running.kill("SIGKILL");
  t.match(await running.ended, { signal: "SIGKILL" });
});

t.test("children do not outlive us, however we end", async (t) => {
  const [port] = await freePorts(1, systemRandom);
  const links = { link: { listen: `127.0.0.1:${port}`, target: "127.0.0.1:1" } };
  const module = new URL("../../../cli/cluster/managed-process.ts", import.meta.url).href;
  const parent = childScript(`
    const { ManagedProcess } = await import(${JSON.stringify(module)});
    const child = ManagedProcess.spawn(${JSON.stringify(wanPlan(links))}, ${JSON.stringify(logIn(t))});
    await child.ready();
    console.log("ready");
  `);
  await parent.firstLine;
  t.equal(await canConnect(port), true);
  parent.kill("SIGKILL");
  await parent.end;
  while (await canConnect(port)) await new Promise((resolve) => setTimeout(resolve, 20));
  t.pass("it left");
});
