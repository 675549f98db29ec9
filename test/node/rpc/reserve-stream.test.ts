import t from "tap";
import { create } from "@bufbuild/protobuf";
import { ItemError, Kind, Outcome } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { formatToken } from "../../../common/batch/token.ts";
import { ResultBatch } from "../../../common/batch/result-batch.ts";
import { ReserveStream } from "../../../node/rpc/reserve-stream.ts";
import {
  MutationListSchema,
  PackedMutationsSchema,
  ReserveStreamRequestSchema,
  type ReserveStreamResponse,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability, ErrorReason } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { FakeServerStream } from "../../support/node/fake-streams.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { reserve } from "../../support/node/test-replica.ts";
import { batchOf } from "../../support/shard/batches.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

function packed(
  batchId: number,
  mutations: readonly MutationFields[],
  more: { shardId?: number; generation?: bigint } = {},
) {
  const { rows, strings } = batchOf(mutations);
  const value = create(PackedMutationsSchema, { rows, strings: [...strings] });
  return create(ReserveStreamRequestSchema, {
    batchId: BigInt(batchId),
    encoding: { case: "packed", value },
    ...more,
  });
}

/** Waits until a stream has sent so many messages. */
async function sent(stream: FakeServerStream<ReserveStreamResponse>, count: number) {
  for (let i = 0; i < 500 && stream.sent.length < count; i++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  return stream.take();
}

function resultsOf({ encoding }: ReserveStreamResponse): ResultBatch {
  return new ResultBatch(
    encoding.case === "packed" ? Uint8Array.from(encoding.value.rows) : new Uint8Array(0),
  );
}

const codes = (response: ReserveStreamResponse): string[] => {
  const results = resultsOf(response);
  return Array.from({ length: results.count }, (_, row) => `${results.outcome(row)}/${results.reason(row)}`);
};

async function opened(t: { teardown(callback: () => void): void }) {
  const serving = await ServingShard.start(t);
  const stream = new FakeServerStream<ReserveStreamResponse>();
  return { serving, stream, receiver: new ReserveStream(serving.node, stream) };
}

t.test("packed batches are answered row by row, with one session token", async (t) => {
  const { serving, stream, receiver } = await opened(t);
  receiver.onMessage(
    packed(7, [reserve("r1", "X"), reserve("big", "X", { amountMinor: 5_000 }), reserve("r2", "Z")], {
      shardId: SHARD_ID,
    }),
  );
  const [response] = await sent(stream, 1);
  t.equal(response.batchId, 7n);
  t.same(codes(response), ["1/0", "2/1", `3/${ItemError.ISSUER_NOT_FOUND}`]);
  t.equal(response.sessions.length, 1);
  const [{ shardId, sessionToken, durability }] = response.sessions;
  t.equal(shardId, SHARD_ID);
  t.equal(durability, Durability.LOCAL_SYNC);
  t.same(serving.node.sessions.verify(sessionToken), { shardId: SHARD_ID, generation: 1, lsn: 4 });
});

t.test("batches of one stream are decided in the order they come", async (t) => {
  const { stream, receiver } = await opened(t);
  for (let batch = 1; batch <= 4; batch++) {
    receiver.onMessage(
      packed(batch, [reserve(`r${batch}`, "X", { amountMinor: 300 })], { shardId: SHARD_ID }),
    );
  }
  const responses = await sent(stream, 4);
  t.same(
    responses.map(({ batchId }) => Number(batchId)),
    [1, 2, 3, 4],
  );
  t.same(responses.flatMap(codes), ["1/0", "1/0", "1/0", "2/1"], "the limit of 1000 holds three of 300");
});

t.test("lists are answered as lists, malformed items one by one", async (t) => {
  const { stream, receiver } = await opened(t);
  const reservationToken = formatToken(namedToken("r1"));
  const items = [
    {
      kind: {
        case: "reserve" as const,
        value: { reservationToken, issuerId: "X", amountMinor: 10n, labels: { a: "b" } },
      },
    },
    {
      kind: {
        case: "reserve" as const,
        value: { reservationToken: "no uuid", issuerId: "X", amountMinor: 10n },
      },
    },
    {
      kind: {
        case: "reserve" as const,
        value: { reservationToken: formatToken(namedToken("r2")), issuerId: "X", amountMinor: -1n },
      },
    },
    {},
  ];
  const value = create(MutationListSchema, { items });
  receiver.onMessage(
    create(ReserveStreamRequestSchema, { batchId: 1n, encoding: { case: "list", value }, shardId: SHARD_ID }),
  );
  const [{ encoding, sessions }] = await sent(stream, 1);
  t.equal(encoding.case, "list");
  const invalid = ErrorReason.INVALID_REQUEST;
  t.match(encoding.value, {
    items: [
      {
        result: {
          case: "outcome",
          value: {
            decision: Decision.APPROVED,
            label: { sessionToken: "", durability: Durability.LOCAL_SYNC },
          },
        },
      },
      { result: { case: "error", value: { reason: invalid, field: "reservation_token" } } },
      { result: { case: "error", value: { reason: invalid, field: "amount_minor" } } },
      { result: { case: "error", value: { reason: invalid, field: "kind" } } },
    ],
  });
  t.equal(sessions.length, 1);
});

t.test("without a shard the node finds the issuers' own", async (t) => {
  const { stream, receiver } = await opened(t);
  receiver.onMessage(packed(1, [reserve("r1", "X"), reserve("r2", "nobody"), reserve("r3", "X")]));
  receiver.onMessage(packed(2, [reserve("r4", "X")]));
  receiver.onMessage(packed(3, [reserve("r5", "nobody", { amountMinor: -5 })]));
  const responses = await sent(stream, 3);
  const byId = new Map(responses.map((response) => [Number(response.batchId), response]));
  t.same(codes(byId.get(1) as ReserveStreamResponse), ["1/0", `3/${ItemError.ISSUER_NOT_FOUND}`, "1/0"]);
  t.same(codes(byId.get(2) as ReserveStreamResponse), ["1/0"]);
  t.same(
    codes(byId.get(3) as ReserveStreamResponse),
    [`3/${ItemError.INVALID_REQUEST}`],
    "its own fault comes first",
  );
});

t.test("a shard that is not here, or not served, refuses every item", async (t) => {
  const { serving, stream, receiver } = await opened(t);
  serving.node.hosts.refuse(9, "wal-corrupt: damaged");
  receiver.onMessage(packed(1, [reserve("r1", "X"), reserve("r2", "X")], { shardId: 8 }));
  receiver.onMessage(packed(2, [reserve("r1", "X")], { shardId: 9 }));
  const responses = await sent(stream, 2);
  t.same(responses.flatMap(codes), [
    `3/${ItemError.NOT_LEADER}`,
    `3/${ItemError.NOT_LEADER}`,
    `3/${ItemError.WAL_CORRUPT}`,
  ]);
  t.same(
    responses.flatMap(({ sessions }) => sessions),
    [],
  );
});

t.test("another generation than the one in force is refused per item", async (t) => {
  const { stream, receiver } = await opened(t);
  receiver.onMessage(packed(1, [reserve("r1", "X")], { shardId: SHARD_ID, generation: 9n }));
  const [response] = await sent(stream, 1);
  t.same(codes(response), [`3/${ItemError.STALE_GENERATION}`]);
});

t.test("kinds that are the cluster's own are refused", async (t) => {
  const { stream, receiver } = await opened(t);
  const fence = { kind: Kind.TOKEN_FENCE, token: namedToken("fence"), issuerId: "X" };
  receiver.onMessage(packed(1, [fence, reserve("r1", "X")], { shardId: SHARD_ID }));
  const [response] = await sent(stream, 1);
  t.same(codes(response), [`3/${ItemError.INVALID_REQUEST}`, "1/0"]);
});

t.test("rows cut off, or too many, are refused without ending the stream", async (t) => {
  const { stream, receiver } = await opened(t);
  const broken = (batchId: bigint, bytes: number) => {
    const value = create(PackedMutationsSchema, { rows: new Uint8Array(bytes) });
    return create(ReserveStreamRequestSchema, {
      batchId,
      encoding: { case: "packed", value },
      shardId: SHARD_ID,
    });
  };
  receiver.onMessage(broken(1n, 100));
  receiver.onMessage(broken(2n, 8193 * 64));
  receiver.onMessage(broken(3n, 0));
  const responses = await sent(stream, 3);
  const byId = new Map(responses.map((response) => [Number(response.batchId), resultsOf(response)]));
  t.equal(byId.get(1)?.count, 2);
  t.equal(byId.get(2)?.count, 8193);
  t.equal(byId.get(3)?.count, 0);
  t.match(byId.get(1)?.read(0), { outcome: Outcome.ERROR, reason: ItemError.INVALID_REQUEST });
  t.notOk(stream.closed);
});

t.test("a batch without an encoding, or with an impossible generation, ends the stream", async (t) => {
  const { receiver } = await opened(t);
  const invalid = (field: string) => storeErrorPattern("INVALID_REQUEST", { field });
  t.throws(
    () => receiver.onMessage(create(ReserveStreamRequestSchema, { shardId: SHARD_ID })),
    invalid("encoding"),
  );
  t.throws(
    () => receiver.onMessage(packed(1, [], { shardId: SHARD_ID, generation: 2n ** 60n })),
    invalid("generation"),
  );
});

t.test("a sender that does not fetch its answers is held up", async (t) => {
  const { stream, receiver } = await opened(t);
  stream.isSlow = true;
  receiver.onMessage(packed(1, [reserve("r1", "X")], { shardId: SHARD_ID }));
  await sent(stream, 1);
  t.ok(stream.isPaused);
  stream.catchUp();
  await new Promise(setImmediate);
  t.notOk(stream.isPaused);
});

t.test("the stream ends when the sender has ended and all is answered", async (t) => {
  const { stream, receiver } = await opened(t);
  receiver.onMessage(packed(1, [reserve("r1", "X")], { shardId: SHARD_ID }));
  receiver.onEnd();
  t.notOk(stream.closed);
  await sent(stream, 1);
  t.ok(stream.closed);
});

t.test("a sender that left does not change the fate of its items", async (t) => {
  const { serving, stream, receiver } = await opened(t);
  receiver.onMessage(packed(1, [reserve("r1", "X")], { shardId: SHARD_ID }));
  stream.closed = true;
  receiver.onClose();
  for (let i = 0; i < 500 && serving.shard.host.isBusy; i++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  t.equal(serving.shard.host.state.issuers.exposureMinor(0), 100);
  t.same(stream.sent, []);
});
