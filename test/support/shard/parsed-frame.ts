import { assert } from "../../../common/assert.ts";
import { type Frame, parseFrame } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";

/** The frame at an offset; bytes that are none fail the test. */
export function parsedFrame(bytes: Uint8Array, offset = 0): Frame {
  const frame = parseFrame(bytes, offset, nodeChecksums);
  assert(typeof frame === "object", `a frame, not ${typeof frame === "string" ? frame : ""}`);
  return frame;
}
