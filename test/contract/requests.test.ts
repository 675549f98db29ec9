import type { DescMethodUnary } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { BATCH_ROWS_MAX, REQUEST_ROW_BYTES } from "../../common/batch/mutation-batch.ts";
import { seededRandom } from "../../common/random.ts";
import { AdminService } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { replicasEqual } from "../cluster/checks/replicas-equal.ts";
import { shardAtHome } from "../support/cluster/shard-group.ts";
import { ContractCluster } from "./contract-cluster.ts";
import { BatchSender, soundBatch } from "./requests/batch-sender.ts";
import { HOSTILE_ROWS } from "./requests/hostile-rows.ts";
import { bytesOf, hostileRequests, wrongTypes } from "./requests/hostile-values.ts";
import { untyped } from "./requests/typed.ts";
import { validRequests } from "./requests/valid-requests.ts";

const TEST_MS_MAX = 240_000;
const RANDOM_REQUESTS = 60;
/** Issuer that nonsense is about; some of it is a request after all. */
const SUBJECT_ID = "CONTRACT-2";
/** Above what a router takes in one message. */
const GIANT_BYTES = 9 << 20;

t.test("no request a client can make up does harm", { timeout: TEST_MS_MAX }, async (t) => {
  const contract = await ContractCluster.start(t);
  const { router, shard } = contract;
  await contract.register(SUBJECT_ID);
  const requests = validRequests({
    issuerId: SUBJECT_ID,
    ...(await contract.reserve(SUBJECT_ID)),
    shard: await shardAtHome(contract.cluster.client("madrid"), "new-york"),
  });
  /** What the contract issuer has after all that was approved. */
  let reservedMinor = 0n;

  await t.test("every single call that takes a field is tried", async (t) => {
    const tried = new Set(requests.map(({ method }) => method.name));
    const methods = [ReservationService, AdminService].flatMap((service) => service.methods);
    const withFields = methods.filter(
      ({ methodKind, input }) => methodKind === "unary" && input.fields.length > 0,
    );
    t.same(
      withFields.map(({ name }) => name).filter((name) => !tried.has(name)),
      [],
    );
  });

  await t.test("a field that cannot be right is named", async (t) => {
    for (const valid of requests) {
      for (const { field, what, bytes } of hostileRequests(valid)) {
        const answer = await router.callBytes(valid.method, bytes);
        const about = `${valid.method.name}.${field}: ${what}`;
        if (answer.ok) t.fail(about);
        else {
          t.equal(answer.status.code, "INVALID_ARGUMENT", `${about}: ${answer.status.message}`);
          t.equal(answer.status.fields[0]?.split(".").at(-1), field, about);
        }
      }
    }
  });

  await t.test("a field that is missing is named", async (t) => {
    const cases = [
      ["reserve", "reservation_token"],
      ["release", "reservation_token"],
      ["settle", "reservation_token"],
      ["amend", "amount_minor"],
      ["getReservation", "key"],
      ["listOpenReservations", "issuer_id"],
      ["getExposure", "issuer_id"],
      ["getTokenStatus", "reservation_token"],
      ["awaitDurability", "session_token"],
    ] as const;
    for (const [name, field] of cases) {
      const method: DescMethodUnary = ReservationService.method[name];
      const answer = await router.callBytes(method, new Uint8Array());
      t.match(answer, { ok: false, status: { code: "INVALID_ARGUMENT", fields: [field] } }, name);
    }
  });

  await t.test("bytes of another type, cut off or at random get a typed answer", async (t) => {
    const random = seededRandom(1);
    for (const valid of requests) {
      const { method } = valid;
      const sound = bytesOf(valid);
      const nonsense = [
        ...Array.from(wrongTypes(method.input), ({ bytes }) => bytes),
        ...Array.from({ length: sound.byteLength }, (_, end) => sound.subarray(0, end)),
        ...Array.from({ length: RANDOM_REQUESTS }, () => random.bytes(random.integer(1, 100))),
      ];
      const answers = await Promise.all(nonsense.map((bytes) => router.callBytes(method, bytes)));
      t.same(
        answers.map(untyped).filter((problem) => problem !== undefined),
        [],
        method.name,
      );
    }
  });

  await t.test("a message above the limit is refused by its size", async (t) => {
    const answer = await router.callBytes(ReservationService.method.reserve, new Uint8Array(GIANT_BYTES));
    t.match(answer, { ok: false, status: { code: "RESOURCE_EXHAUSTED" } });
  });

  const testRows = async (t: Test, sender: BatchSender): Promise<void> => {
    for (const { what, field, spoil } of HOSTILE_ROWS) {
      const results = await sender.send(spoil(soundBatch(2)));
      t.same(results, [`INVALID_REQUEST ${field}`, "APPROVED"], what);
      reservedMinor += 1n;
    }
  };
  const testSizes = async (t: Test, sender: BatchSender): Promise<void> => {
    const { rows, strings } = soundBatch(2);
    const cut = await sender.send({ rows: rows.subarray(0, 2 * REQUEST_ROW_BYTES - 1), strings });
    t.same(cut, ["INVALID_REQUEST rows", "INVALID_REQUEST rows"], "rows that are cut off");
    const tooMany = await sender.send({
      rows: new Uint8Array((BATCH_ROWS_MAX + 1) * REQUEST_ROW_BYTES),
      strings,
    });
    t.equal(tooMany.length, BATCH_ROWS_MAX + 1);
    t.same([...new Set(tooMany)], ["INVALID_REQUEST rows"], "too many rows");
    const texts = await sender.send({ rows, strings: Array.from({ length: 65_536 }, () => "x") });
    t.same(texts, ["INVALID_REQUEST strings", "INVALID_REQUEST strings"], "too many strings");
    t.same(await sender.send({ rows: new Uint8Array(), strings: [] }), [], "no rows");
    t.same(await sender.send(soundBatch(2)), ["APPROVED", "APPROVED"], "the stream goes on");
    reservedMinor += 2n;
  };
  const streamed: readonly (readonly [string, () => BatchSender])[] = [
    ["a router", () => new BatchSender(router)],
    [
      "a leader, as a router would ask it",
      () =>
        new BatchSender(contract.client(shard.leader), {
          shardId: shard.shardId,
          generation: BigInt(shard.generation),
        }),
    ],
    ["a leader, as a client would ask it", () => new BatchSender(contract.client(shard.leader))],
  ];
  for (const [where, open] of streamed) {
    await t.test(`a spoiled row is refused by ${where}, its neighbour is not`, async (t) => {
      const sender = open();
      await testRows(t, sender);
      await testSizes(t, sender);
      sender.cancel();
    });
  }

  await t.test("a stream that sends no batches ends; others do not notice", async (t) => {
    const neighbour = new BatchSender(router);
    const ways: readonly (readonly [string, (sender: BatchSender) => void, object])[] = [
      [
        "an encoding is missing",
        (sender) => sender.sendNothing(),
        { code: "INVALID_ARGUMENT", fields: ["encoding"] },
      ],
      [
        "no message at all",
        (sender) => sender.sendBytes(Uint8Array.from([255, 255, 1])),
        { code: "INVALID_ARGUMENT" },
      ],
      [
        "a giant message",
        (sender) => sender.sendBytes(new Uint8Array(GIANT_BYTES)),
        { code: "RESOURCE_EXHAUSTED" },
      ],
    ];
    for (const [what, send, status] of ways) {
      const sender = new BatchSender(router);
      send(sender);
      t.match(await sender.closed, status, what);
      t.same(await neighbour.send(soundBatch(1)), ["APPROVED"], what);
      reservedMinor += 1n;
    }
    neighbour.cancel();
  });

  await t.test("everybody lives, and only what was approved is there", async (t) => {
    t.same(contract.cluster.deaths, []);
    const { exposureMinor } = await contract.exposure();
    t.equal(exposureMinor, reservedMinor);
    t.same(await replicasEqual(contract.cluster.client("madrid"), contract.cluster.shards), []);
  });
});
t.setTimeout(TEST_MS_MAX);
