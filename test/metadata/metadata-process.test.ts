import t from "tap";
import { create } from "@bufbuild/protobuf";
import { ConfigError } from "../../common/config/config-error.ts";
import { RpcChannel } from "../../common/rpc/channel.ts";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { DEADLINE, RunningMetadata } from "./running.ts";

/** Codes of the violations that keep a service from starting. */
async function violations(running: RunningMetadata): Promise<readonly string[]> {
  try {
    await running.start();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.split(":")[0]);
    throw error;
  }
  throw new Error("it started");
}

t.test("every contradiction in the configuration is reported at once, before anything listens", async (t) => {
  const running = new RunningMetadata(t, { "--grant-ms": "4500", "--site": "madrid", "--shards": "1" });
  t.strictSame(await violations(running), [
    "RPO_EXCEEDED",
    "GRANT_MARGIN",
    "SHARDS_TOO_FEW",
    "METADATA_SITE",
  ]);
  t.strictSame(running.addresses, { grpc: "", ops: "" });
});

t.test("a cluster that was made with other shards is not opened, and its directory is let go", async (t) => {
  const first = await (await new RunningMetadata(t).start()).bootstrap();
  await first.stop();
  const second = new RunningMetadata(t, { "--data-dir": first.directory, "--shards": "3" });
  t.strictSame(await violations(second), ["SHARDS_CHANGED"]);
  await first.start();
  t.equal((await first.shardMap()).shards.length, 2);
});

t.test("a second process is kept out of the data directory", async (t) => {
  const first = await new RunningMetadata(t).start();
  const second = new RunningMetadata(t, { "--data-dir": first.directory });
  await t.rejects(second.start(), /another process uses this data directory/);
});

t.test("an unknown site is a warning that stays visible", async (t) => {
  const running = await new RunningMetadata(t, { "--site": "" }).start();
  t.ok(running.log.events.includes("configuration_warning"));
  const path = "/harborpoint.admin.v1.AdminService/GetClusterStatus";
  const response = await fetch(`http://${running.addresses.ops}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  t.match(await response.json(), {
    problems: [{ code: "SHARDS_NOT_PLACED" }, { code: "METADATA_SITE_UNKNOWN" }],
  });
});

t.test("the operations port tells health, readiness and metrics", async (t) => {
  const running = await (await new RunningMetadata(t).start()).bootstrap();
  const get = async (path: string) => (await fetch(`http://${running.addresses.ops}${path}`)).text();
  t.equal(await get("/livez"), "ok\n");
  t.match(await get("/readyz?verbose"), /\[\+\] serving ok/);
  const measured = async (): Promise<string> => {
    for (;;) {
      const metrics = await get("/metrics");
      if (metrics.includes('harborpoint_nodes_alive{region="new-york"}')) return metrics;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const metrics = await measured();
  t.match(metrics, 'harborpoint_nodes_alive{region="madrid"} 2');
  t.match(metrics, 'harborpoint_problems{severity="CRITICAL"} 2');
  t.match(metrics, "harborpoint_shard_map_watchers 0");
  t.match(metrics, /grpc_server_handled_total\{.*grpc_method="RegisterNode",grpc_code="OK"\} 4/);
});

t.test("health says NOT_SERVING nowhere while it runs, and leaving is orderly", async (t) => {
  const running = await new RunningMetadata(t).start();
  const channel = new RpcChannel(running.addresses.grpc);
  t.teardown(() => channel.close());
  for (const service of [
    "",
    "harborpoint.metadata.v1.MetadataService",
    "harborpoint.admin.v1.AdminService",
  ]) {
    const request = create(HealthCheckRequestSchema, { service });
    const { status } = await channel.unary(Health.method.check, request, DEADLINE);
    t.equal(status, ServingStatus.SERVING, service);
  }
  await running.stop();
  t.equal(await channel.ready(200), false);
  t.strictSame(running.log.events.slice(-1), ["services_stopped"]);
});
