import t from "tap";
import { create } from "@bufbuild/protobuf";
import { formatToken } from "../../common/batch/token.ts";
import type { ConfigError } from "../../common/config/config-error.ts";
import { loadConfig } from "../../common/config/load-config.ts";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { ReservationService } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { routerConfigSchema, routerIdOf } from "../../router/config.ts";
import { BatchClient } from "../support/batch-client.ts";
import { reserves, testToken } from "../support/mutation-rows.ts";
import { storeErrorOf } from "../support/store-error-of.ts";
import { RunningRouter } from "./running.ts";

const JSON_CALL = { method: "POST", headers: { "content-type": "application/json" } };

async function servingStatus({ channel }: RunningRouter): Promise<ServingStatus> {
  const request = create(HealthCheckRequestSchema, { service: ReservationService.typeName });
  return (await channel.unary(Health.method.check, request, { deadlineMs: 5000 })).status;
}

t.test("a router is ready once it has the shard map", async (t) => {
  const router = new RunningRouter(t);
  await router.metadata.start();
  await router.m1.start();
  await router.n1.start();
  await router.startRouter();
  const readyz = () => fetch(`http://${router.addresses.ops}/readyz?verbose`);
  const before = await readyz();
  t.equal(before.status, 503);
  t.match(await before.text(), "[-] shard_map: not received yet");
  t.equal(await servingStatus(router), ServingStatus.NOT_SERVING);
  t.equal(
    (await storeErrorOf(router.reserve("a1", 1))).reason,
    "ISSUER_NOT_FOUND",
    "calls are answered all the same",
  );
  router.metadata.addNode("m1", "madrid", router.m1.address);
  router.metadata.place(1, 1, "m1", ["m1"]);
  router.metadata.announce(1);
  await router.until(() => router.log.events.includes("shard_placed"));
  t.equal((await readyz()).status, 200);
  t.equal(await servingStatus(router), ServingStatus.SERVING);
});

t.test("the unary calls answer JSON over HTTP", async (t) => {
  const router = await new RunningRouter(t).start();
  const url = `http://${router.addresses.ops}/harborpoint.reservation.v1.ReservationService/Reserve`;
  const reserve = (amountMinor: string) => {
    const body = { reservationToken: formatToken(testToken(1)), issuerId: "a1", amountMinor };
    return fetch(url, { ...JSON_CALL, body: JSON.stringify(body) });
  };
  t.match(await (await reserve("100")).json(), {
    outcome: { decision: "DECISION_APPROVED", label: { position: { shardId: 1, lsn: "1" } } },
  });
  const refused = await reserve("0");
  t.equal(refused.status, 400);
  t.match(await refused.json(), { code: "invalid_argument", message: /amount_minor/ });
  const admin = `http://${router.addresses.ops}/harborpoint.admin.v1.AdminService/ListIssuers`;
  t.match(await (await fetch(admin, { ...JSON_CALL, body: "{}" })).json(), { nextPageToken: "page-2" });
});

t.test("a router that goes away refuses new work and answers what is open", async (t) => {
  const router = await new RunningRouter(t).start();
  const client = new BatchClient(router.channel);
  await client.sendRows(reserves(["a1"], 1));
  router.m1.isHolding = true;
  const open = client.sendRows(reserves(["a1"], 2));
  await router.until(() => router.m1.batches.length === 2);
  const drained = router.service.drain?.();
  t.same(await client.sendRows(reserves(["a1"], 3)), ["E15"]);
  t.equal((await storeErrorOf(router.reserve("a1", 4))).reason, "SHUTTING_DOWN");
  t.equal((await fetch(`http://${router.addresses.ops}/readyz`)).status, 503);
  router.m1.release();
  t.same(await open, [2]);
  await drained;
  await router.service.stop();
  t.match(await client.closed, { reason: "SHUTTING_DOWN" });
});

t.test("metrics", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("a1", 1);
  await new BatchClient(router.channel).sendRows(reserves(["a1", "b1", "stranger"], 2));
  const text = await (await fetch(`http://${router.addresses.ops}/metrics`)).text();
  t.match(text, 'harborpoint_router_rows_total{via="unary"} 1');
  t.match(text, 'harborpoint_router_rows_total{via="stream"} 3');
  t.match(text, 'harborpoint_router_refused_rows_total{reason="ISSUER_NOT_FOUND"} 1');
  t.match(text, 'harborpoint_router_upstream_duration_seconds_count{hop="same_region"} 2');
  t.match(text, 'harborpoint_router_upstream_duration_seconds_count{hop="cross_region"} 1');
  t.match(text, /harborpoint_router_metadata_silence_seconds \d/);
});

t.test("the configuration", async (t) => {
  const flags = { "--metadata": "127.0.0.1:7401", "--region": "madrid" };
  const { value } = loadConfig(routerConfigSchema, { flags });
  t.match(value, { listen: "127.0.0.1:7400", opsListen: "127.0.0.1:9464", linksAbroad: 4 });
  t.equal(routerIdOf(value), "router-madrid");
  t.equal(routerIdOf({ ...value, routerId: "edge-7" }), "edge-7");
  try {
    loadConfig(routerConfigSchema, { flags: { "--listen": "no-port", "--links-abroad": "0" } });
    t.fail("a wrong configuration was taken");
  } catch (error) {
    t.match((error as ConfigError).problems, [/listen/, /metadata/, /region/, /linksAbroad/]);
  }
});
