import t from "tap";
import { checkTokenStatus } from "../../../common/validation/token-status-fields.ts";
import { TokenStatusMode } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const REQUEST = {
  issuerId: "X",
  reservationToken: "0199a000-0000-7000-8000-000000000001",
  mode: TokenStatusMode.OBSERVE,
};

t.test("a question without a mode observes", async (t) => {
  t.match(checkTokenStatus({ ...REQUEST, mode: TokenStatusMode.UNSPECIFIED }), { isFence: false });
  t.equal(checkTokenStatus(REQUEST).token.byteLength, 16);
  t.match(checkTokenStatus({ ...REQUEST, issuerId: "" }), { isFence: false }, "every leader is asked");
});

t.test("a fence needs its issuer", async (t) => {
  const mode = TokenStatusMode.FENCE;
  t.match(checkTokenStatus({ ...REQUEST, mode }), { isFence: true });
  const missing = storeErrorPattern("INVALID_REQUEST", { field: "issuer_id" });
  t.throws(() => checkTokenStatus({ ...REQUEST, mode, issuerId: "" }), missing);
});

t.test("what cannot be asked is refused with its field", async (t) => {
  const cases = [
    [{ reservationToken: "" }, "reservation_token"],
    [{ reservationToken: "0199a000-0000-4000-8000-000000000001" }, "reservation_token"],
    [{ issuerId: "x".repeat(65) }, "issuer_id"],
    [{ mode: 99 as TokenStatusMode }, "mode"],
  ] as const;
  for (const [change, field] of cases) {
    t.throws(
      () => checkTokenStatus({ ...REQUEST, ...change }),
      storeErrorPattern("INVALID_REQUEST", { field }),
      field,
    );
  }
});
