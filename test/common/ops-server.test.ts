import t, { type Test } from "tap";
import { Metrics } from "../../common/metrics/metrics.ts";
import { OpsServer, type RequestHandler } from "../../common/ops-server.ts";
import { Readiness } from "../../common/readiness.ts";
import { RecordingLog } from "../support/recording-log.ts";

async function startOps(t: Test, handlers: readonly RequestHandler[] = []) {
  const parts = { metrics: new Metrics(), readiness: new Readiness(), log: new RecordingLog() };
  const ops = new OpsServer(parts, handlers);
  const port = await ops.start("127.0.0.1", 0);
  t.teardown(() => ops.stop());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
    };
  };
  return { ...parts, ops, port, get };
}

t.test("metrics are shown in the Prometheus format", async (t) => {
  const { metrics, get } = await startOps(t);
  metrics.gauge("harborpoint_shard_writable", { shard: "5" }).set(1);
  t.match(await get("/metrics"), { status: 200, type: /^text\/plain; version=/, text: /shard="5"} 1/ });
});

t.test("liveness is answered whatever the readiness", async (t) => {
  const { readiness, get } = await startOps(t);
  readiness.setCheck("shards", () => "recovering");
  t.match(await get("/livez"), { status: 200, text: "ok\n" });
});

t.test("readiness follows the checks and names them when asked", async (t) => {
  const { readiness, get } = await startOps(t);
  let problem: string | undefined = "2 of 8 recovering";
  readiness.setCheck("disk", () => undefined);
  readiness.setCheck("shards", () => problem);
  t.match(await get("/readyz"), { status: 503, text: "not ready\n" });
  t.match(await get("/readyz?verbose"), {
    status: 503,
    text: "[+] disk ok\n[-] shards: 2 of 8 recovering\nnot ready\n",
  });
  problem = undefined;
  t.match(await get("/readyz?verbose"), { status: 200, text: "[+] disk ok\n[+] shards ok\nready\n" });
});

t.test("added handlers serve their own paths, others are not found", async (t) => {
  const { get } = await startOps(t, [
    () => false,
    (request, response) => {
      if (request.url !== "/console") return false;
      response.end("<html>");
      return true;
    },
  ]);
  t.match(await get("/console"), { status: 200, text: "<html>" });
  t.match(await get("/elsewhere"), { status: 404 });
});

t.test("a taken port is an error, and a stopped server refuses", async (t) => {
  const { ops, port, get } = await startOps(t);
  const parts = { metrics: new Metrics(), readiness: new Readiness(), log: new RecordingLog() };
  await t.rejects(new OpsServer(parts).start("127.0.0.1", port), { code: "EADDRINUSE" });
  await ops.stop();
  await t.rejects(get("/livez"));
});

t.test("metrics that fail are reported, not thrown away", async (t) => {
  const { metrics, log, get } = await startOps(t);
  metrics.exposition = () => Promise.reject(new Error("no"));
  t.match(await get("/metrics"), { status: 500 });
  t.same(log.events, ["metrics_failed"]);
});
