import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import {
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameHeader,
  FrameRows,
  frameIncarnation,
  frameLength,
  parseFrame,
  RecordRow,
} from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { FrameAuthor, incarnationOf } from "../../support/shard/frame-author.ts";
import { parsedFrame } from "../../support/shard/parsed-frame.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";
import { sealHeader } from "../../support/shard/spoiled-frames.ts";

/** The second frame of a log: a registration and a reserve with everything. */
function someFrame(): Frame {
  const author = new FrameAuthor();
  author.start();
  const issuerId = "MUNI-7";
  const text = { desk: "MAD-GOV", trader: "\ufeffañá", labels: '{"book":"b1"}' };
  return author.write(
    { kind: Kind.REGISTER_ISSUER, token: namedToken("t1"), issuerId, amountMinor: 1000, currency: "EUR" },
    { kind: Kind.RESERVE, token: namedToken("t2"), issuerId, amountMinor: 100, ttlMs: 60_000, ...text },
  ).frame;
}

function parse(bytes: Uint8Array): ReturnType<typeof parseFrame> {
  return parseFrame(bytes, 0, nodeChecksums);
}

/** The fault in a frame some of whose bytes were changed; the header's checksum is made right again if asked. */
function faultAfter(change: (view: DataView) => void, isSealed: boolean): unknown {
  const bytes = Uint8Array.from(someFrame().bytes);
  change(new DataView(bytes.buffer));
  if (isSealed) sealHeader(bytes);
  const frame = parse(bytes);
  return typeof frame === "string" ? frame : "none";
}

t.test("a frame says where it belongs", async (t) => {
  const built = someFrame();
  const frame = parse(built.bytes);
  t.strictSame(frame, built, "parsed it is what was built");
  t.strictSame(
    [built.generation, built.firstLsn, built.lastLsn, built.count, built.leaderTimeMs, built.commitLsnHint],
    [1, 2, 3, 2, EPOCH_MS, 1],
  );
  t.strictSame(frameIncarnation(built.bytes), incarnationOf(1));
});

t.test("its rows are read by offset", async (t) => {
  const rows = new FrameRows(someFrame());
  const [register, reserve] = [rows.rowOffset(0), rows.rowOffset(1)];
  t.strictSame([rows.kindAt(register), rows.kindAt(reserve)], [Kind.REGISTER_ISSUER, Kind.RESERVE]);
  t.strictSame(
    [rows.stringAt(register, RecordRow.DESK), rows.stringAt(register, RecordRow.TRADER)],
    ["MUNI-7", "EUR"],
  );
  t.strictSame(rows.tokenAt(reserve), namedToken("t2"));
  t.strictSame([rows.decisionAt(reserve), rows.reasonAt(reserve), rows.issuerAt(reserve)], [1, 0, 0]);
  t.strictSame(
    [rows.versionAt(reserve), rows.ttlMsAt(reserve), rows.previousChangeAt(reserve)],
    [1, 60_000, 0],
  );
  const numbers = [
    RecordRow.AMOUNT_MINOR,
    RecordRow.EXPOSURE_MINOR,
    RecordRow.LIMIT_MINOR,
    RecordRow.PREVIOUS_LSN,
  ];
  t.strictSame(
    numbers.map((field) => rows.int64At(reserve, field)),
    [100, 100, 1000, 2],
  );
  t.equal(rows.int64At(reserve, RecordRow.RESERVATION_LSN), 3);
  t.strictSame(
    [rows.stringAt(reserve, RecordRow.REGION), rows.labelsAt(reserve)],
    ["madrid", '{"book":"b1"}'],
  );
  t.strictSame([rows.labelsAt(register), rows.dictionary(0)], ["", ""]);
  t.throws(() => rows.dictionary(99), { name: "InvariantViolation" });
});

t.test("texts come back as they were, a leading byte-order mark included", async (t) => {
  const rows = new FrameRows(someFrame());
  t.equal(rows.stringAt(rows.rowOffset(1), RecordRow.TRADER), "\ufeffañá");
});

t.test("rows can be read wherever the bytes lie", async (t) => {
  const { bytes } = someFrame();
  for (const padding of [1, 2, 3, 4]) {
    const moved = Buffer.concat([Buffer.alloc(padding), bytes]);
    const frame = parsedFrame(moved, padding);
    t.equal(
      new FrameRows(frame).int64At(FRAME_HEADER_BYTES, RecordRow.AMOUNT_MINOR),
      1000,
      `moved by ${padding}`,
    );
  }
});

t.test("every fault is told by its name", async (t) => {
  const { bytes } = someFrame();
  t.equal(parse(new Uint8Array(0)), "short");
  t.equal(parse(bytes.subarray(0, FRAME_HEADER_BYTES - 1)), "short");
  t.equal(parse(bytes.subarray(0, bytes.byteLength - 1)), "short");
  t.equal(parse(new Uint8Array(4096)), "magic", "a preallocated file is no frame");
  t.equal(
    faultAfter((view) => view.setUint32(FrameHeader.MAGIC, 0), true),
    "magic",
  );
  t.equal(
    faultAfter((view) => view.setUint32(FrameHeader.COUNT, 1, true), false),
    "header-crc",
  );
  t.equal(
    faultAfter((view) => view.setUint16(FrameHeader.VERSION, 2, true), true),
    "version",
  );
  t.equal(
    faultAfter((view) => view.setUint8(FrameHeader.TYPE, 0), true),
    "version",
  );
  t.equal(
    faultAfter((view) => view.setUint32(FrameHeader.ROW_WIDTH, 96, true), true),
    "version",
  );
  t.equal(
    faultAfter((view) => view.setUint8(FRAME_HEADER_BYTES + 16, 0xee), false),
    "payload-crc",
  );
});

t.test("lengths that contradict each other are a fault, however well sealed", async (t) => {
  const fields = [FrameHeader.COUNT, FrameHeader.DICTIONARY, FrameHeader.VARIABLE];
  for (const field of fields)
    t.equal(
      faultAfter((view) => view.setUint32(field, 0, true), true),
      "length",
    );
  t.equal(
    faultAfter((view) => view.setUint32(FrameHeader.VARIABLE, 0xffffffff, true), true),
    "length",
  );
  t.equal(
    faultAfter((view) => view.setUint32(FrameHeader.PAYLOAD_LENGTH, FRAME_BYTES_MAX, true), true),
    "length",
  );
  const none = (view: DataView): void => {
    view.setUint32(FrameHeader.COUNT, 0, true);
    view.setUint32(FrameHeader.DICTIONARY, 0, true);
  };
  t.equal(faultAfter(none, true), "length", "a frame without records");
});

t.test("any single flipped bit is noticed", async (t) => {
  const { bytes } = someFrame();
  const unnoticed: number[] = [];
  for (let bit = 0; bit < bytes.byteLength * 8; bit += 7) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    if (typeof parse(damaged) !== "string") unnoticed.push(bit);
  }
  t.strictSame(unnoticed, []);
});

t.test("the length is known from the header alone", async (t) => {
  const { bytes } = someFrame();
  t.equal(frameLength(bytes.subarray(0, FRAME_HEADER_BYTES), 0, nodeChecksums), bytes.byteLength);
  t.equal(bytes.byteLength % 8, 0, "padded");
  const two = Buffer.concat([bytes, bytes]);
  t.equal(frameLength(two, bytes.byteLength, nodeChecksums), bytes.byteLength);
});

t.test("the chain value covers every byte and everything before", async (t) => {
  const author = new FrameAuthor();
  const first = author.start();
  const second = author.write({
    kind: Kind.REGISTER_ISSUER,
    token: namedToken("t1"),
    issuerId: "A",
    currency: "EUR",
  });
  t.strictSame(Uint8Array.from(second.frame.prevChain), first.chain);
  t.not(Buffer.compare(second.frame.chain, first.chain), 0);
  const { bytes } = second.frame;
  const both = nodeChecksums.sha256(
    bytes.subarray(0, FRAME_HEADER_BYTES),
    bytes.subarray(FRAME_HEADER_BYTES),
  );
  t.strictSame(second.frame.chain, both);
});
