import t from "tap";
import { assert } from "../../../common/assert.ts";
import { verifyFrames } from "../../../node/replication/frame-verification.ts";
import { FRAME_HEADER_BYTES } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { FrameChain } from "../../support/frame-chain.ts";

const bytesOf = (count: number) => new FrameChain().take(count, 3).map((frame) => frame.bytes);

t.test("a run of frames is parsed as it was built", async (t) => {
  const sent = new FrameChain().take(3, 2);
  const frames = verifyFrames(
    sent.map((frame) => frame.bytes),
    nodeChecksums,
  );
  assert(typeof frames !== "string", "these are frames");
  t.same(
    frames.map(({ firstLsn, lastLsn }) => [firstLsn, lastLsn]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  );
  t.same(frames[2].chain, sent[2].chain);
});

t.test("frames at any address come out fit for typed arrays", async (t) => {
  const [bytes] = bytesOf(1);
  const shifted = new Uint8Array(bytes.byteLength + 1);
  shifted.set(bytes, 1);
  const frames = verifyFrames([shifted.subarray(1)], nodeChecksums);
  assert(typeof frames !== "string", "these are frames");
  t.equal(frames[0].bytes.byteOffset % 4, 0);
});

t.test("no frames are a heartbeat", async (t) => {
  t.same(verifyFrames([], nodeChecksums), []);
});

t.test("anything else is named for what is wrong with it", async (t) => {
  const [first, second, third] = bytesOf(3);
  const flipped = (at: number) => {
    const bytes = Uint8Array.from(second);
    bytes[at] ^= 1;
    return bytes;
  };
  const longer = new Uint8Array(first.byteLength + 8);
  longer.set(first);
  const [, otherSecond] = new FrameChain().take(2, 3).map((frame) => frame.bytes);
  const stranger = new FrameChain();
  stranger.next(3, { labels: "x" });
  const faultOf = (...pieces: Uint8Array[]) => verifyFrames(pieces, nodeChecksums);
  t.equal(faultOf(first, flipped(FRAME_HEADER_BYTES + 5)), "payload-crc");
  t.equal(faultOf(first, flipped(40)), "header-crc");
  t.equal(faultOf(first, new Uint8Array(10)), "short");
  t.equal(faultOf(first.subarray(0, first.byteLength - 1)), "short");
  t.equal(faultOf(longer), "trailing-bytes");
  t.equal(faultOf(first, third), "gap");
  t.equal(faultOf(first, first), "gap");
  t.equal(faultOf(first, stranger.next(3).bytes), "chain");
  t.type(faultOf(first, otherSecond), Array, "the same contents are the same frame");
});
