import { create } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { ChangeService } from "../../../proto/gen/harborpoint/cdc/v1/cdc_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckRequestSchema,
  HealthListRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const RESERVATIONS = ReservationService.typeName;
const CHANGES = ChangeService.typeName;
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

async function startHealth(t: Test) {
  const fixture = new TestRpcServer().serving(ReservationService, {});
  await fixture.serving(ChangeService, {}).start();
  const channel = new RpcChannel(fixture.address);
  t.teardown(async () => {
    channel.close();
    await fixture.server.stop(100);
  });
  const statusOf = async (service: string) => {
    const request = create(HealthCheckRequestSchema, { service });
    return (await channel.unary(Health.method.check, request, { deadlineMs: 5000 })).status;
  };
  return { health: fixture.server.health, channel, statusOf, fixture };
}

/** Watches a service; `next` resolves with the statuses in the order they arrive. */
function watching(channel: RpcChannel, service: string) {
  const arrived: ServingStatus[] = [];
  let wake = (): void => {};
  const receiver = {
    onMessage: ({ status }: HealthCheckResponse) => {
      arrived.push(status);
      wake();
    },
    onClose: () => wake(),
  };
  const request = create(HealthCheckRequestSchema, { service });
  const stream = channel.serverStream(Health.method.watch, request, receiver);
  const next = async (): Promise<ServingStatus | undefined> => {
    if (arrived.length === 0 && !stream.closed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return arrived.shift();
  };
  return { stream, next };
}

t.test("the process is alive at once, a service is ready when it is set", async (t) => {
  const { health, statusOf } = await startHealth(t);
  t.equal(await statusOf(""), SERVING);
  t.equal(await statusOf(RESERVATIONS), NOT_SERVING);
  health.setServing(RESERVATIONS, true);
  t.equal(await statusOf(RESERVATIONS), SERVING);
  t.equal(await statusOf(CHANGES), NOT_SERVING);
  health.setAllServing(true);
  t.equal(await statusOf(CHANGES), SERVING);
});

t.test("an unknown service is not found", async (t) => {
  const { statusOf } = await startHealth(t);
  await t.rejects(
    statusOf("no.such.Service"),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", { metadata: { grpcCode: "NOT_FOUND" } }),
  );
});

t.test("draining is for good and leaves the process alive", async (t) => {
  const { health, statusOf, fixture } = await startHealth(t);
  health.setAllServing(true);
  fixture.server.drain();
  t.equal(await statusOf(RESERVATIONS), NOT_SERVING);
  health.setServing(RESERVATIONS, true);
  t.equal(await statusOf(RESERVATIONS), NOT_SERVING);
  t.equal(await statusOf(""), SERVING);
});

t.test("a watcher hears the status now and every change once", async (t) => {
  const { health, channel, fixture } = await startHealth(t);
  const { stream, next } = watching(channel, RESERVATIONS);
  t.equal(await next(), NOT_SERVING);
  health.setServing(CHANGES, true);
  health.setServing(RESERVATIONS, true);
  health.setServing(RESERVATIONS, true);
  t.equal(await next(), SERVING);
  fixture.server.drain();
  t.equal(await next(), NOT_SERVING);
  stream.cancel();
  t.equal(await next(), undefined);
});

t.test("a watcher of an unknown service is told so and kept", async (t) => {
  const { channel } = await startHealth(t);
  const { stream, next } = watching(channel, "no.such.Service");
  t.equal(await next(), SERVICE_UNKNOWN);
  t.equal(stream.closed, false);
});

t.test("all services can be listed", async (t) => {
  const { channel } = await startHealth(t);
  const { statuses } = await channel.unary(Health.method.list, create(HealthListRequestSchema), {
    deadlineMs: 5000,
  });
  t.match(statuses, {
    "": { status: SERVING },
    [RESERVATIONS]: { status: NOT_SERVING },
    [CHANGES]: { status: NOT_SERVING },
  });
});
