import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { ENVELOPE_BYTES, writeEnvelope } from "../../../node/wal/envelope.ts";
import { FileWindow } from "../../../node/wal/file-window.ts";
import { LOG_START } from "../../../node/wal/log-tail.ts";
import { surveyTail } from "../../../node/wal/tail-survey.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";

const HEADER = { ...TEST_IDENTITY, segmentId: new Uint8Array(16).fill(3), base: LOG_START };
const SIZE_BYTES = 400_000;
const FROM = 4096;
const BLOCK_BYTES = 65_536;

/** Surveys a segment with some bytes in it. */
function survey(...contents: readonly (readonly [number, Uint8Array])[]) {
  const file = new SimDisk().createFile("/segment");
  file.write([new Uint8Array(SIZE_BYTES)], 0);
  for (const [offset, bytes] of contents) file.write([bytes], offset);
  return surveyTail(new FileWindow(file), FROM, HEADER, nodeChecksums);
}

function envelope(frameLength: number, syncedLsn: number, segmentId = HEADER.segmentId): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BYTES);
  writeEnvelope(bytes, segmentId, { frameLength, syncedLsn }, nodeChecksums);
  return bytes;
}

t.test("zeros are the end", async (t) => {
  const nothing = { nonZeroEnd: FROM, syncedLsn: 0, firstFrameLsn: 0, lastFrameLsn: 0 };
  t.strictSame(survey(), nothing);
  t.strictSame(survey([0, new Uint8Array(FROM).fill(1)]), nothing, "whatever stands before");
});

t.test("the last byte that is not zero is found anywhere", async (t) => {
  for (const offset of [FROM, FROM + 1, FROM + BLOCK_BYTES - 1, FROM + BLOCK_BYTES, SIZE_BYTES - 1]) {
    t.equal(survey([offset, Uint8Array.of(1)]).nonZeroEnd, offset + 1);
  }
});

t.test("envelopes are found anywhere, also where two blocks meet", async (t) => {
  for (let offset = FROM + BLOCK_BYTES - 48; offset <= FROM + BLOCK_BYTES; offset += 8) {
    t.equal(survey([offset, envelope(100, 17)]).syncedLsn, 17, String(offset));
  }
  const several = survey(
    [FROM, envelope(100, 5)],
    [FROM + 1000, envelope(0, 9)],
    [SIZE_BYTES - 40, envelope(9, 7)],
  );
  t.equal(several.syncedLsn, 9, "the highest counts");
});

t.test("whole frames behind envelopes tell their LSNs", async (t) => {
  const [, second, third] = new FrameChain().take(3, 4);
  const entry = (frame: typeof second) => Buffer.concat([envelope(frame.bytes.byteLength, 2), frame.bytes]);
  const torn = entry(third).subarray(0, -200);
  t.match(survey([FROM + 8, entry(second)], [200_000, entry(third)]), { firstFrameLsn: 5, lastFrameLsn: 12 });
  t.match(survey([FROM + 8, entry(second)], [200_000, torn]), {
    firstFrameLsn: 5,
    lastFrameLsn: 8,
    syncedLsn: 2,
  });
});

t.test("what only looks like an envelope is none", async (t) => {
  const foreign = envelope(100, 17, new Uint8Array(16).fill(4));
  const broken = envelope(100, 17);
  broken[24] ^= 1;
  t.equal(survey([FROM, foreign], [FROM + 400, broken]).syncedLsn, 0);
  t.equal(survey([FROM + 4, envelope(100, 17)]).syncedLsn, 0, "entries stand at multiples of eight");
});
