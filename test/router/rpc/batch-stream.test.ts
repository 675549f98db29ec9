import { create } from "@bufbuild/protobuf";
import t from "tap";
import { ItemError } from "../../../common/batch/kinds.ts";
import { REQUEST_ROW_BYTES } from "../../../common/batch/mutation-batch.ts";
import { fieldIndex } from "../../../common/batch/request-check.ts";
import { formatToken } from "../../../common/batch/token.ts";
import {
  type Mutation,
  MutationSchema,
  ReserveStreamRequestSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability, ErrorReason } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { BatchClient, resultsOf } from "../../support/batch-client.ts";
import { reserves, summaryOf, testToken, tokenNumbers } from "../../support/mutation-rows.ts";
import { RunningRouter } from "../running.ts";

const E_INVALID = `E${ItemError.INVALID_REQUEST}`;
const E_NOT_FOUND = `E${ItemError.ISSUER_NOT_FOUND}`;

function reserveItem(issuerId: string, token: number, amountMinor = 100n): Mutation {
  const reservationToken = formatToken(testToken(token));
  return create(MutationSchema, {
    kind: { case: "reserve", value: { reservationToken, issuerId, amountMinor } },
  });
}

function listOf(items: Mutation[]) {
  return create(ReserveStreamRequestSchema, { encoding: { case: "list", value: { items } } }).encoding;
}

t.test("packed batches", async (t) => {
  await t.test("are scattered by shard, and the results stand in the caller's order", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const response = await client.sendPacked(reserves(["a1", "b1", "a2", "b1", "a1"]));
    t.same(summaryOf(resultsOf(response)), [1, 1, 2, 2, 3]);
    t.same(new Set(response.sessions.map(({ shardId }) => shardId)), new Set([1, 2]));
    t.equal(response.sessions[0].durability, Durability.LOCAL_SYNC);
  });

  await t.test("of one shard pass through as they are", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const batch = reserves(["a1", "a2", "a1"]);
    t.same(await client.sendRows(batch), [1, 2, 3]);
    const { encoding } = router.m1.batches[0];
    t.match(encoding, { value: { strings: ["a1", "a2"] } });
    t.same(Buffer.from((encoding.value as { rows: Uint8Array }).rows), Buffer.from(batch.rows));
  });

  await t.test("a refused row does not hold the others", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    t.same(await client.sendRows(reserves(["a1", "stranger", "b1"])), [1, E_NOT_FOUND, 1]);
  });

  await t.test(
    "a row that is invalid in itself is refused for that, even if its issuer is unknown",
    async (t) => {
      const router = await new RunningRouter(t).start();
      const client = new BatchClient(router.channel);
      const batch = reserves(["stranger", "a1"], 1, { ttlMs: 2 ** 32 - 1 });
      const results = resultsOf(await client.sendPacked(batch));
      t.match(results.read(0), { reason: ItemError.INVALID_REQUEST, field: fieldIndex("ttl_ms") });
      t.equal(results.lsn(1), 1, "the leader judges the rows of known issuers");
    },
  );

  await t.test("rows without an issuer or with a text that cannot be one", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const batch = reserves(["a1", "x".repeat(65), "b1"]);
    batch.rows[40] = 200;
    const results = resultsOf(await client.sendPacked(batch));
    t.same(summaryOf(results), [E_INVALID, E_INVALID, 1]);
    t.equal(results.read(0).field, fieldIndex("issuer_id"));
    t.equal(results.read(1).field, fieldIndex("issuer_id"));
    t.same(router.metadata.located, ["b1"]);
  });

  await t.test("an empty one has an empty answer", async (t) => {
    const router = await new RunningRouter(t).start();
    t.same(await new BatchClient(router.channel).sendRows(reserves([])), []);
  });
});

t.test(
  "batches that are malformed as a whole are refused item by item, and the stream goes on",
  async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const oversized = { rows: new Uint8Array(8193 * REQUEST_ROW_BYTES), strings: [] };
    const tooMany = resultsOf(await client.sendPacked(oversized));
    t.equal(tooMany.count, 8193);
    t.match(tooMany.read(8192), { reason: ItemError.INVALID_REQUEST, field: fieldIndex("rows") });
    const cutOff = reserves(["a1", "a1"]);
    const ragged = resultsOf(await client.sendPacked({ ...cutOff, rows: cutOff.rows.subarray(0, 100) }));
    t.same(summaryOf(ragged), [E_INVALID, E_INVALID]);
    const strings = Array.from({ length: 65_536 }, () => "");
    const tooManyStrings = resultsOf(await client.sendPacked({ ...reserves(["a1"]), strings }));
    t.match(tooManyStrings.read(0), { reason: ItemError.INVALID_REQUEST, field: fieldIndex("strings") });
    const items = Array.from({ length: 8193 }, () => reserveItem("a1", 1));
    const { encoding } = await client.send(listOf(items));
    t.match(encoding, { case: "list", value: { items: { length: 8193 } } });
    t.same(await client.sendRows(reserves(["a1"])), [1]);
  },
);

t.test("a message without a batch ends the stream: there is no item to refuse", async (t) => {
  const router = await new RunningRouter(t).start();
  const client = new BatchClient(router.channel);
  void client.send({ case: undefined });
  t.match(await client.closed, { reason: "INVALID_REQUEST", field: "encoding" });
});

t.test("batches as messages", async (t) => {
  await t.test("are answered as messages, malformed items with their field", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const items = [
      reserveItem("a1", 1),
      reserveItem("a1", 2, 0n),
      create(MutationSchema),
      reserveItem("b1", 3),
    ];
    const { encoding, sessions } = await client.send(listOf(items));
    if (encoding.case !== "list") throw new Error("a list was expected");
    const results = encoding.value.items.map(({ result }) => result);
    const { INVALID_REQUEST } = ErrorReason;
    const label = { position: { lsn: 1n }, durability: Durability.LOCAL_SYNC, sessionToken: "" };
    t.match(results, [
      { case: "outcome", value: { decision: Decision.APPROVED, label } },
      { case: "error", value: { reason: INVALID_REQUEST, field: "amount_minor" } },
      { case: "error", value: { reason: INVALID_REQUEST, field: "kind" } },
      { case: "outcome", value: { decision: Decision.APPROVED, reservationId: /^R2-/, label } },
    ]);
    t.equal(sessions.length, 2);
  });

  await t.test("an error carries the pause after which a retry may help", async (t) => {
    const router = await new RunningRouter(t).start();
    await router.metadata.stop();
    const { encoding } = await new BatchClient(router.channel).send(listOf([reserveItem("a1", 1)]));
    t.match(encoding, {
      value: {
        items: [{ result: { value: { reason: ErrorReason.METADATA_UNAVAILABLE, retryAfterMs: 500 } } }],
      },
    });
  });
});

t.test("items of one issuer reach their leader in the order sent", async (t) => {
  await t.test("also when an earlier batch waits for an issuer to be found", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1"], 1));
    const gate = Promise.withResolvers<void>();
    router.metadata.locateGate = gate.promise;
    const waiting = client.sendRows(reserves(["a2", "a1"], 10));
    const behind = [client.sendRows(reserves(["a1"], 20)), client.sendRows(reserves(["b1"], 30))];
    await router.until(() => router.metadata.located.includes("b1"));
    t.equal(router.m1.batches.length, 1, "nothing overtakes");
    gate.resolve();
    t.same(await Promise.all([waiting, ...behind]), [[2, 3], [4], [1]]);
  });

  await t.test("over many pipelined batches", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    const batches = Array.from({ length: 50 }, (_, i) => reserves(["a1", "b1", "a1"], i * 10));
    const answers = await Promise.all(batches.map((batch) => client.sendRows(batch)));
    t.same(
      answers.map(([lsn]) => lsn),
      Array.from({ length: 50 }, (_, i) => 2 * i + 1),
    );
    const sent = router.m1.batches.map(({ encoding }) =>
      tokenNumbers(encoding.value as ReturnType<typeof reserves>),
    );
    t.same(
      sent.flat(),
      sent.flat().toSorted((a, b) => a - b),
    );
  });
});

t.test("bounds", async (t) => {
  await t.test("more open mutations than allowed are OVERLOADED item by item", async (t) => {
    const router = await new RunningRouter(t, { "--open-rows-max": "3" }).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1"], 1));
    router.m1.isHolding = true;
    const held = client.sendRows(reserves(["a1", "a1"], 10));
    const refused = await client.sendRows(reserves(["a1", "a1"], 20));
    t.same(refused, [`E${ItemError.OVERLOADED}`, `E${ItemError.OVERLOADED}`]);
    router.m1.release();
    t.same(await held, [2, 3]);
  });

  await t.test("a full stream to a node refuses more rows, and takes them again later", async (t) => {
    const router = await new RunningRouter(t, { "--open-rows-per-link-max": "2" }).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1"], 1));
    router.m1.isHolding = true;
    const held = client.sendRows(reserves(["a1"], 10));
    t.same(await client.sendRows(reserves(["a1", "a1"], 20)), [
      `E${ItemError.OVERLOADED}`,
      `E${ItemError.OVERLOADED}`,
    ]);
    router.m1.release();
    t.same(await held, [2]);
    t.same(await client.sendRows(reserves(["a1", "a1"], 30)), [3, 4]);
  });
});

t.test("the end of a stream waits for the answers that are open", async (t) => {
  const router = await new RunningRouter(t).start();
  const client = new BatchClient(router.channel);
  await client.sendRows(reserves(["a1"], 1));
  router.m1.isHolding = true;
  const held = client.sendRows(reserves(["a1"], 2));
  await router.until(() => router.m1.batches.length === 2);
  client.end();
  router.m1.release();
  t.same(await held, [2]);
  t.equal(await client.closed, undefined);
});

t.test("a client that leaves does not change the fate of its items", async (t) => {
  const router = await new RunningRouter(t).start();
  const client = new BatchClient(router.channel);
  await client.sendRows(reserves(["a1"], 1));
  router.m1.isHolding = true;
  void client.sendRows(reserves(["a1"], 2));
  await router.until(() => router.m1.batches.length === 2);
  client.cancel();
  await client.closed;
  router.m1.release();
  t.match(await router.reserve("a1", 2), { outcome: { label: { position: { lsn: 2n }, replayed: true } } });
});
