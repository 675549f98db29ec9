import { execFile } from "node:child_process";
import { promisify } from "node:util";
import t from "tap";
import { AdminService } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";

const run = promisify(execFile);

t.test("a client without our protos lists what is served and calls it", async (t) => {
  const fixture = new TestRpcServer().serving(ReservationService, {});
  await fixture.serving(AdminService, {}).start();
  t.teardown(() => fixture.server.stop(100));
  const curl = (...args: string[]) =>
    run("buf", ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args]);
  const listed = await curl("--list-services", `http://${fixture.address}`);
  t.same(listed.stdout.trim().split("\n").sort(), [
    "grpc.health.v1.Health",
    "harborpoint.admin.v1.AdminService",
    "harborpoint.reservation.v1.ReservationService",
  ]);
  const called = await curl("--data", "{}", `http://${fixture.address}/grpc.health.v1.Health/Check`);
  t.same(JSON.parse(called.stdout), { status: "SERVING" });
});
