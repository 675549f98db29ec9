import { create } from "@bufbuild/protobuf";
import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { MessageSink } from "../../common/rpc/message-sink.ts";
import {
  type FetchFramesResponse,
  FetchFramesResponseSchema,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { Frame } from "../shard/frame.ts";

/** Bytes of frames after which a message is full. */
const MESSAGE_BYTES_MAX = 1 << 20;

/** The committed log of a shard as it stands while it is being read. */
export type FrameSource = {
  firstLsn(): number;
  committedLsn(): number;
  read(lsn: number): Frame;
};

export type FrameRange = { readonly fromLsn: number; readonly toLsn: number; readonly nonce: bigint };

/**
 * Sends the frames that hold a range of committed records, in order and no faster than the receiver
 * takes them. Throws INVALID_REQUEST for an empty range, POSITION_NOT_REACHED when it is not
 * committed here, CURSOR_TOO_OLD when the log no longer reaches back.
 */
export async function fetchFrames(
  source: FrameSource,
  { fromLsn, toLsn, nonce }: FrameRange,
  sink: MessageSink<FetchFramesResponse>,
): Promise<void> {
  if (fromLsn < 1 || toLsn < fromLsn)
    throw invalidRequest("to_lsn", "must be at least from_lsn, which is at least 1");
  if (toLsn > source.committedLsn()) {
    const metadata = { committedLsn: String(source.committedLsn()) };
    throw new StoreError("POSITION_NOT_REACHED", { metadata });
  }
  for (let lsn = fromLsn; lsn <= toLsn && !sink.closed; ) {
    // The log may be truncated while the receiver takes its time.
    if (lsn < source.firstLsn()) {
      throw new StoreError("CURSOR_TOO_OLD", { metadata: { firstLsn: String(source.firstLsn()) } });
    }
    const frames = framesOfMessage(source, lsn, toLsn);
    lsn = frames[frames.length - 1].lastLsn + 1;
    const bytes = frames.map((frame) => frame.bytes);
    if (!sink.write(create(FetchFramesResponseSchema, { frames: bytes, nonce }))) await sink.drained();
  }
}

function framesOfMessage(source: FrameSource, fromLsn: number, toLsn: number): Frame[] {
  const frames: Frame[] = [];
  let bytes = 0;
  for (let lsn = fromLsn; lsn <= toLsn && bytes < MESSAGE_BYTES_MAX; ) {
    const frame = source.read(lsn);
    frames.push(frame);
    bytes += frame.bytes.byteLength;
    lsn = frame.lastLsn + 1;
  }
  return frames;
}
