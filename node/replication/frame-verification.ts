import { bytesEqual, type Checksums } from "../shard/checksums.ts";
import { type Frame, type FrameFault, parseFrame } from "../shard/frame.ts";

/** Why what a leader's node sent is not a run of frames. */
export type FramesFault = FrameFault | "trailing-bytes" | "gap" | "chain";

/**
 * Parses and verifies what came as the frames of one batch: checksums, and that each frame follows
 * the one before. Whether the first one follows the log's end is for the engine to judge.
 */
export function verifyFrames(pieces: readonly Uint8Array[], checksums: Checksums): Frame[] | FramesFault {
  const frames: Frame[] = [];
  for (const piece of pieces) {
    const frame = parseFrame(alignedBytes(piece), 0, checksums);
    if (typeof frame === "string") return frame;
    if (frame.bytes.byteLength !== piece.byteLength) return "trailing-bytes";
    const before = frames.at(-1);
    if (before !== undefined) {
      if (frame.firstLsn !== before.lastLsn + 1) return "gap";
      if (!bytesEqual(frame.prevChain, before.chain)) return "chain";
    }
    frames.push(frame);
  }
  return frames;
}

/** The same bytes at an address divisible by 4, as readers of rows need them. */
function alignedBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}
