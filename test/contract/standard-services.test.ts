import { execFile } from "node:child_process";
import { promisify } from "node:util";
import t from "tap";
import { newToken } from "../../client/index.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { AdminService, NodeAdminService } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { MetadataService } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ReplicationService } from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ReservationService } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { answerOf, refusalOf } from "./call-status.ts";
import { ContractCluster, ISSUER_ID } from "./contract-cluster.ts";

const run = promisify(execFile);
const TEST_MS_MAX = 180_000;

/** Every role, by a process that plays it, and what it serves. */
const SERVICES: Readonly<Record<string, readonly { readonly typeName: string }[]>> = {
  "router-madrid": [ReservationService, AdminService],
  "madrid-1": [ReservationService, NodeAdminService, ReplicationService],
  metadata: [MetadataService, AdminService],
};

/** Metrics that other programs are written against, by the process that has them. */
const METRICS: Readonly<Record<string, readonly string[]>> = {
  "router-madrid": ["grpc_server_handled_total", "grpc_server_handling_seconds"],
  "madrid-1": [
    "grpc_server_handled_total",
    "grpc_server_handling_seconds",
    "harborpoint_commit_duration_seconds",
    "harborpoint_wal_fsync_duration_seconds",
    "harborpoint_group_commit_batch_size",
    "harborpoint_shard_generation",
    "harborpoint_shard_writable",
    "harborpoint_remote_proof_age_seconds",
    "harborpoint_gate_closed_total",
    "harborpoint_follower_reads_total",
  ],
  metadata: ["grpc_server_handled_total", "grpc_server_handling_seconds", "harborpoint_failovers_total"],
};

t.test("the standard services of every role", { timeout: TEST_MS_MAX }, async (t) => {
  const contract = await ContractCluster.start(t);
  const opsUrl = (name: string) => `http://${contract.cluster.addressOf(name, "--ops-listen")}`;
  const get = async (name: string, path: string) => {
    const response = await fetch(`${opsUrl(name)}${path}`);
    return { status: response.status, body: await response.text() };
  };

  await t.test("grpc.health.v1 knows the process and each of its services", async (t) => {
    for (const [name, services] of Object.entries(SERVICES)) {
      for (const service of ["", ...services.map(({ typeName }) => typeName)]) {
        const { status } = await answerOf(contract.client(name).call(Health.method.check, { service }));
        t.equal(status, HealthCheckResponse_ServingStatus.SERVING, `${name} ${service}`);
      }
      const unknown = await refusalOf(
        contract.client(name).call(Health.method.check, { service: "no.such" }),
      );
      t.equal(unknown.code, "NOT_FOUND");
    }
  });

  await t.test("a client without our contracts can list what is served", async (t) => {
    for (const [name, services] of Object.entries(SERVICES)) {
      const url = `http://${contract.cluster.addressOf(name, "--listen")}`;
      const args = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-services", url];
      const { stdout } = await run("buf", args);
      const expected = [Health, ...services].map(({ typeName }) => typeName);
      t.same(stdout.trim().split("\n").sort(), expected.sort(), name);
    }
  });

  await t.test("probes say that everything lives and is ready", async (t) => {
    for (const name of contract.cluster.processNames) {
      t.same(await get(name, "/livez"), { status: 200, body: "ok\n" }, name);
      t.same(await get(name, "/readyz"), { status: 200, body: "ready\n" }, name);
      const { body } = await get(name, "/readyz?verbose");
      t.match(body, /^(\[\+\] \S+ ok\n)+ready\n$/, name);
      t.equal((await get(name, "/nothing")).status, 404);
    }
  });

  await t.test("metrics have their names, and no issuer or token in them", async (t) => {
    const { token } = await contract.reserve();
    await contract.switchOver();
    await contract.readAtReplicas();
    for (const [name, metrics] of Object.entries(METRICS)) {
      const { body } = await get(name, "/metrics");
      const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric);
      t.same(
        metrics.filter((metric) => !names.includes(metric)),
        [],
        `${name} has them all`,
      );
      t.notOk(body.includes(token) || body.includes(ISSUER_ID), `${name} names nobody`);
    }
  });

  const post = async (method: string, body: string, contentType = "application/json") => {
    const headers = { "content-type": contentType };
    const response = await fetch(`${opsUrl("router-madrid")}/${method}`, { method: "POST", headers, body });
    const text = await response.text();
    return { status: response.status, answer: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const reservePath = `${ReservationService.typeName}/Reserve`;
  const reservation = (more: object = {}) =>
    JSON.stringify({ reservationToken: newToken(), issuerId: ISSUER_ID, amountMinor: "25", ...more });

  await t.test("a reservation by HTTP and JSON", async (t) => {
    const { status, answer } = await post(reservePath, reservation());
    t.equal(status, 200);
    t.match(answer, {
      outcome: {
        decision: "DECISION_APPROVED",
        reservationId: /^R/,
        label: { position: { generation: /^\d+$/ }, sessionToken: /.+/, durability: /^DURABILITY_/ },
      },
    });
    const exposure = await post(
      `${ReservationService.typeName}/GetExposure`,
      JSON.stringify({ issuerId: ISSUER_ID }),
    );
    t.match(exposure, {
      status: 200,
      answer: { exposure: { issuerId: ISSUER_ID, currency: "EUR", limitMinor: "1000000" } },
    });
  });

  await t.test("errors by HTTP and JSON carry the same details", async (t) => {
    const detailsOf = (answer: { details?: { type: string; debug?: object }[] }) =>
      Object.fromEntries((answer.details ?? []).map(({ type, debug }) => [type, debug]));
    const invalid = await post(reservePath, reservation({ amountMinor: "-1" }));
    t.match(invalid, { status: 400, answer: { code: "invalid_argument" } });
    t.match(detailsOf(invalid.answer), {
      "google.rpc.ErrorInfo": { reason: "INVALID_REQUEST", domain: "harborpoint" },
      "google.rpc.BadRequest": { fieldViolations: [{ field: "amount_minor" }] },
    });
    const unknown = await post(reservePath, reservation({ issuerId: "NOBODY" }));
    t.match(unknown, { status: 404, answer: { code: "not_found" } });
    t.match(detailsOf(unknown.answer), { "google.rpc.ErrorInfo": { reason: "ISSUER_NOT_FOUND" } });
  });

  await t.test("what is no JSON request is refused and harms nothing", async (t) => {
    t.equal((await post(reservePath, "{")).status, 400);
    t.equal((await post(reservePath, reservation({ amountMinor: "many" }))).status, 400);
    t.equal((await post(reservePath, reservation(), "text/plain")).status, 415);
    t.equal(
      (await post(reservePath, reservation({ desk: "x".repeat(2 << 20) }))).status,
      429,
      "a body over 1 MiB",
    );
    t.equal((await post(`${ReservationService.typeName}/NoSuchMethod`, "{}")).status, 404);
    const halfCharacter = reservation().replace("}", ',"desk":"\\ud800"}');
    t.equal((await post(reservePath, halfCharacter)).status, 400, "a text that is no Unicode");
    t.equal((await post(reservePath, reservation())).status, 200);
  });

  await t.test("every single call of the public services answers JSON", async (t) => {
    for (const { typeName, methods } of [ReservationService, AdminService]) {
      for (const { name, methodKind } of methods) {
        const { status } = await post(`${typeName}/${name}`, "{}");
        if (methodKind === "unary") t.not(status, 404, name);
        else t.equal(status, 404, `${name} is a stream`);
      }
    }
  });
  t.same(contract.cluster.deaths, []);
});
t.setTimeout(TEST_MS_MAX);
