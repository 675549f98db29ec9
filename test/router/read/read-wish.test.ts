import { create } from "@bufbuild/protobuf";
import t from "tap";
import { ConsistencySchema, OnStale } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { readWish } from "../../../router/read/read-wish.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const bounded = (onStale: OnStale) =>
  create(ConsistencySchema, { contract: { case: "bounded", value: { onStale } } });

t.test("a read that says nothing is linearizable", async (t) => {
  t.match(readWish(undefined), { contract: "linearizable" });
  t.match(readWish(create(ConsistencySchema)), { contract: "linearizable" });
});

t.test("a bounded read says what to do with a stale answer, else the leader is asked", async (t) => {
  t.equal(readWish(bounded(OnStale.UNSPECIFIED)).onStale, "fallback_leader");
  t.equal(readWish(bounded(OnStale.MARK_STALE)).onStale, "mark_stale");
  t.equal(readWish(bounded(OnStale.FAIL)).onStale, "fail");
});

t.test("a choice that this version does not know is refused", async (t) => {
  const refused = storeErrorPattern("INVALID_REQUEST", { field: "consistency.bounded.on_stale" });
  t.throws(() => readWish(bounded(99 as OnStale)), refused);
});
