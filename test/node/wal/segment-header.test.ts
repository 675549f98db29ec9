import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { decodeSegmentHeader, encodeSegmentHeader } from "../../../node/wal/segment-header.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";

function header() {
  const chain = new FrameChain();
  chain.next(41, { generation: 3 });
  return { ...TEST_IDENTITY, segmentId: new Uint8Array(16).fill(0xab), base: chain.tail };
}

t.test("a header reads back", async (t) => {
  const bytes = encodeSegmentHeader(header(), nodeChecksums);
  t.equal(bytes.byteLength, 128);
  t.equal(Buffer.from(bytes.subarray(0, 8)).toString("hex"), "4850533101000000", "magic and version");
  t.strictSame(decodeSegmentHeader(bytes, nodeChecksums), header());
});

t.test("no flipped bit goes unseen", async (t) => {
  const bytes = encodeSegmentHeader(header(), nodeChecksums);
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    if (decodeSegmentHeader(flipped, nodeChecksums) !== undefined) t.fail(`bit ${bit}`);
  }
  t.equal(decodeSegmentHeader(bytes.subarray(0, 127), nodeChecksums), undefined, "nor a missing byte");
});
