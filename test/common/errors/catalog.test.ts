import t from "tap";
import { ERROR_CATALOG, type Reason } from "../../../common/errors/catalog.ts";
import { GrpcCode } from "../../../common/errors/grpc-code.ts";
import { isReason, reasonName, reasonNumber } from "../../../common/errors/reason.ts";
import { ErrorReason } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";

const reasons = Object.keys(ERROR_CATALOG) as Reason[];

t.test("every reason of the protocol has a row and a number that fits a result row", async (t) => {
  const declared = Object.keys(ErrorReason).filter((name) => name !== "UNSPECIFIED");
  t.same(new Set(reasons), new Set(declared));
  for (const reason of reasons) {
    t.equal(reasonName(reasonNumber(reason)), reason);
    t.ok(reasonNumber(reason) <= 255, reason);
  }
});

t.test("numbers and names that are no reasons are told apart", async (t) => {
  t.equal(reasonName(0), undefined);
  t.equal(reasonName(250), undefined);
  t.equal(isReason("UNSPECIFIED"), false);
  t.equal(isReason("toString"), false);
  t.equal(isReason("OVERLOADED"), true);
});

t.test("the rows do not contradict themselves", async (t) => {
  for (const reason of reasons) {
    const row = ERROR_CATALOG[reason];
    t.ok(GrpcCode[row.status] > 0, `${reason} is not sent as OK`);
    // gRPC's litmus test: UNAVAILABLE and RESOURCE_EXHAUSTED are the ones to repeat as they are.
    const repeatable = row.status === "UNAVAILABLE" || row.status === "RESOURCE_EXHAUSTED";
    t.equal(row.retry === "same-request", repeatable, `${reason}: status and retry agree`);
    t.equal(
      row.outcome === "UNKNOWN",
      row.retry === "ask-token",
      `${reason}: only an unknown outcome asks for the token`,
    );
    if (repeatable) t.ok(row.retryAfterMs, `${reason} says when to repeat`);
    if (row.retry === "never") t.equal(row.retryAfterMs, undefined, `${reason} suggests no wait`);
  }
});
