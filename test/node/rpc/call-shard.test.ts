import t from "tap";
import { hostOf, shardOfCall, shardOfIssuer } from "../../../node/rpc/call-shard.ts";
import { callContext } from "../../support/node/fake-streams.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const headers = (shard: string, generation?: string) =>
  callContext({
    "harborpoint-shard-id": shard,
    ...(generation !== undefined && { "harborpoint-generation": generation }),
  });

t.test("a router's call names its shard and generation", async (t) => {
  const { node } = await ServingShard.start(t);
  const { host, generation } = shardOfIssuer(node, headers(String(SHARD_ID), "1"), "whatever");
  t.equal(host.shardId, SHARD_ID);
  t.equal(generation, 1);
});

t.test("any other call is about the issuer's shard", async (t) => {
  const { node } = await ServingShard.start(t);
  t.match(shardOfIssuer(node, callContext(), "X"), { host: { shardId: SHARD_ID }, generation: 0 });
  t.throws(() => shardOfIssuer(node, callContext(), "nobody"), storeErrorPattern("ISSUER_NOT_FOUND"));
  t.throws(
    () => shardOfIssuer(node, callContext(), ""),
    storeErrorPattern("INVALID_REQUEST", { field: "issuer_id" }),
  );
});

t.test("a shard that is elsewhere, or cannot be served, is refused", async (t) => {
  const { node } = await ServingShard.start(t);
  node.hosts.refuse(9, "wal-corrupt: damaged");
  t.throws(() => hostOf(node, 8), storeErrorPattern("NOT_LEADER"));
  t.throws(() => hostOf(node, 9), storeErrorPattern("WAL_CORRUPT", { message: "wal-corrupt: damaged" }));
});

t.test("a generation this node has not heard of is refused", async (t) => {
  const { node } = await ServingShard.start(t);
  const stale = storeErrorPattern("STALE_GENERATION", {
    metadata: { shardId: String(SHARD_ID), generation: "1" },
  });
  t.throws(() => shardOfCall(node, headers("5", "2"), SHARD_ID), stale);
});

t.test("malformed headers are refused by name", async (t) => {
  const { node } = await ServingShard.start(t);
  for (const text of ["", "x", "-1", "1.5", "9007199254740993"]) {
    t.throws(
      () => shardOfIssuer(node, headers(text), "X"),
      storeErrorPattern("INVALID_REQUEST", { field: "harborpoint-shard-id" }),
    );
    t.throws(
      () => shardOfCall(node, headers("5", text), SHARD_ID),
      storeErrorPattern("INVALID_REQUEST", { field: "harborpoint-generation" }),
    );
  }
});
