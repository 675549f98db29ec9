import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import {
  FRAME_RECORDS_MAX,
  FRAME_VARIABLE_BYTES_FULL,
  type Frame,
  FrameRows,
  type RecordReader,
  RecordRow,
} from "../../../node/shard/frame.ts";
import { FrameBuilder, type FrameContext } from "../../../node/shard/frame-builder.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { incarnationOf } from "../../support/shard/frame-author.ts";
import { parsedFrame } from "../../support/shard/parsed-frame.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";

const CONTEXT: FrameContext = {
  incarnation: incarnationOf(1),
  generation: 7,
  firstLsn: 2 ** 40,
  leaderTimeMs: EPOCH_MS,
  commitLsnHint: 2 ** 40 - 1,
  prevChain: CHAIN_START,
};

const INT64_FIELDS = [
  RecordRow.AMOUNT_MINOR,
  RecordRow.EXPOSURE_MINOR,
  RecordRow.LIMIT_MINOR,
  RecordRow.PREVIOUS_LSN,
  RecordRow.RESERVATION_LSN,
];
const REFERENCE_FIELDS = [RecordRow.DESK, RecordRow.TRADER, RecordRow.REGION];

const record = fc.record({
  token: fc.string({ maxLength: 3 }).map((name) => namedToken(name)),
  kind: fc.nat(255),
  decision: fc.nat(255),
  reason: fc.nat(255),
  issuer: fc.integer({ min: -1, max: 0x7fffffff }),
  version: fc.nat(0xffffffff),
  ttlMs: fc.nat(0xffffffff),
  numbers: fc.array(fc.maxSafeInteger(), { minLength: 5, maxLength: 5 }),
  texts: fc.array(fc.string({ maxLength: 4, unit: "grapheme" }), { minLength: 3, maxLength: 3 }),
  labels: fc.string({ maxLength: 9, unit: "grapheme" }),
});
type Fields = typeof record extends fc.Arbitrary<infer T> ? T : never;

function add(builder: FrameBuilder, fields: Fields): number {
  const at = builder.addRow();
  builder.setToken(at, fields.token, 0);
  builder.setKind(at, fields.kind, fields.decision, fields.reason);
  builder.setUint32(at, RecordRow.ISSUER, fields.issuer);
  builder.setUint32(at, RecordRow.VERSION, fields.version);
  builder.setUint32(at, RecordRow.TTL_MS, fields.ttlMs);
  for (const [i, field] of INT64_FIELDS.entries()) builder.setInt64(at, field, fields.numbers[i]);
  for (const [i, field] of REFERENCE_FIELDS.entries())
    builder.setReference(at, field, builder.reference(fields.texts[i]));
  builder.setLabels(at, fields.labels);
  return at;
}

function read(reader: RecordReader, at: number): Fields {
  return {
    token: Uint8Array.from(reader.bytes.subarray(at, at + 16)),
    kind: reader.kindAt(at),
    decision: reader.decisionAt(at),
    reason: reader.reasonAt(at),
    issuer: reader.issuerAt(at),
    version: reader.versionAt(at),
    ttlMs: reader.ttlMsAt(at),
    numbers: INT64_FIELDS.map((field) => reader.int64At(at, field)),
    texts: REFERENCE_FIELDS.map((field) => reader.stringAt(at, field)),
    labels: reader.labelsAt(at),
  };
}

function reparsed(frame: Frame): FrameRows {
  const parsed = parsedFrame(frame.bytes);
  assert.deepEqual(parsed, frame);
  return new FrameRows(parsed);
}

t.test("rows read the same while they are built, and out of the frame's bytes", async () => {
  const frames = fc.array(fc.array(record, { minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(frames, (contents) => {
      const builder = new FrameBuilder();
      for (const rows of contents) {
        const offsets = rows.map((fields) => add(builder, fields));
        const expected = rows.map((fields) => ({ ...fields }));
        assert.deepEqual(
          offsets.map((at) => read(builder, at)),
          expected,
        );
        const parsed = reparsed(builder.finish(CONTEXT, nodeChecksums));
        assert.deepEqual(
          rows.map((_, row) => read(parsed, parsed.rowOffset(row))),
          expected,
        );
      }
    }),
    { numRuns: 40 },
  );
});

t.test("the header says what the context said", async (t) => {
  const builder = new FrameBuilder();
  builder.addRow();
  builder.addRow();
  const frame = builder.finish(CONTEXT, nodeChecksums);
  const { generation, firstLsn, lastLsn, count, leaderTimeMs, commitLsnHint } = frame;
  t.strictSame([generation, firstLsn, lastLsn, count], [7, 2 ** 40, 2 ** 40 + 1, 2]);
  t.strictSame([leaderTimeMs, commitLsnHint], [EPOCH_MS, 2 ** 40 - 1]);
});

t.test("a row begins as zeros, whatever the frame before held", async (t) => {
  const builder = new FrameBuilder();
  const at = builder.addRow();
  builder.bytes.fill(0xff, at, at + 88);
  builder.finish(CONTEXT, nodeChecksums);
  const again = builder.addRow();
  t.ok(builder.bytes.subarray(again, again + 88).every((byte) => byte === 0));
});

t.test("equal strings share one place in the dictionary, anew in every frame", async (t) => {
  const builder = new FrameBuilder();
  t.strictSame(
    [builder.reference("a"), builder.reference("b"), builder.reference("a"), builder.reference("")],
    [1, 2, 1, 0],
  );
  builder.addRow();
  builder.finish(CONTEXT, nodeChecksums);
  t.equal(builder.reference("b"), 1);
});

t.test("a reset forgets rows, strings and labels", async (t) => {
  const builder = new FrameBuilder();
  const at = builder.addRow();
  builder.setReference(at, RecordRow.DESK, builder.reference("gone"));
  builder.setLabels(at, "gone");
  builder.reset();
  t.equal(builder.count, 0);
  t.equal(builder.addRow(), at);
  t.strictSame(
    [builder.labelsAt(at), builder.stringAt(at, RecordRow.DESK), builder.reference("new")],
    ["", "", 1],
  );
  t.equal(reparsed(builder.finish(CONTEXT, nodeChecksums)).labelsAt(128), "");
});

t.test("a frame is full by its rows or by its labels", async (t) => {
  const builder = new FrameBuilder();
  for (let row = 0; row < FRAME_RECORDS_MAX; row++) {
    if (builder.isFull) t.fail(`full after ${row} rows`);
    builder.addRow();
  }
  t.ok(builder.isFull);
  t.throws(() => builder.addRow(), { message: "frame is full" });
  builder.reset();
  t.notOk(builder.isFull);
  builder.setLabels(builder.addRow(), "x".repeat(FRAME_VARIABLE_BYTES_FULL));
  t.ok(builder.isFull);
});

t.test("a frame without records is a broken invariant", async (t) => {
  t.throws(() => new FrameBuilder().finish(CONTEXT, nodeChecksums), { message: "frame without records" });
});
