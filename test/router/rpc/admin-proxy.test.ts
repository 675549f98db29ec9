import { create } from "@bufbuild/protobuf";
import t from "tap";
import {
  AdminService,
  GetClusterStatusRequestSchema,
  ListIssuersRequestSchema,
  RegisterIssuerRequestSchema,
  SetIssuerLimitRequestSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";
import { RunningRouter } from "../running.ts";

const DEADLINE = { deadlineMs: 5000 };
const { listIssuers, registerIssuer, setIssuerLimit, getClusterStatus } = AdminService.method;

t.test("answers and errors of the metadata service are passed on unchanged", async (t) => {
  const { channel } = await new RunningRouter(t).start();
  const page = await channel.unary(listIssuers, create(ListIssuersRequestSchema), DEADLINE);
  t.equal(page.nextPageToken, "page-2");
  const error = await storeErrorOf(
    channel.unary(setIssuerLimit, create(SetIssuerLimitRequestSchema), DEADLINE),
  );
  t.match(error, { reason: "ISSUER_NOT_FOUND", message: "told by the metadata service" });
});

t.test("the shard of an issuer registered here need not be asked for", async (t) => {
  const router = await new RunningRouter(t).start();
  const registration = create(RegisterIssuerRequestSchema, { issuerId: "newcomer" });
  await router.channel.unary(registerIssuer, registration, DEADLINE);
  await router.reserve("newcomer", 1);
  t.same(router.metadata.located, []);
});

t.test("without the metadata service", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.metadata.stop();
  const status = router.channel.unary(getClusterStatus, create(GetClusterStatusRequestSchema), DEADLINE);
  t.equal((await storeErrorOf(status)).reason, "METADATA_UNAVAILABLE");
  const registration = router.channel.unary(registerIssuer, create(RegisterIssuerRequestSchema), DEADLINE);
  t.equal((await storeErrorOf(registration)).reason, "METADATA_UNAVAILABLE", "it never left");
});

t.test(
  "a failure of the metadata service that gives no reason is METADATA_UNAVAILABLE where nothing is in doubt",
  async (t) => {
    const { channel } = await new RunningRouter(t).start();
    const status = channel.unary(getClusterStatus, create(GetClusterStatusRequestSchema), DEADLINE);
    t.equal((await storeErrorOf(status)).reason, "METADATA_UNAVAILABLE");
  },
);
