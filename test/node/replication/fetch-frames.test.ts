import t from "tap";
import { type FrameSource, fetchFrames } from "../../../node/replication/fetch-frames.ts";
import type { FetchFramesResponse } from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { FakeServerStream } from "../../support/node/fake-streams.ts";
import { MemoryLog } from "../../support/shard/memory-log.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

/** A log of frames of `records` records, all committed. */
function sourceOf(frames: number, records: number): FrameSource & { log: MemoryLog; cutLsn: number } {
  const log = new MemoryLog(new FrameChain().take(frames, records));
  const source = {
    log,
    cutLsn: 0,
    firstLsn: () => source.cutLsn + 1,
    committedLsn: () => log.lastLsn,
    read: (lsn: number) => log.frameAt(lsn),
  };
  return source;
}

const sizesOf = (stream: FakeServerStream<FetchFramesResponse>) =>
  stream.take().map(({ frames }) => frames.length);

t.test("a range comes as the frames that hold it", async (t) => {
  const source = sourceOf(6, 3);
  const stream = new FakeServerStream<FetchFramesResponse>();
  await fetchFrames(source, { fromLsn: 5, toLsn: 11, nonce: 9n }, stream);
  const [message] = stream.take();
  t.equal(message.nonce, 9n);
  t.same(
    message.frames,
    [4, 7, 10].map((lsn) => source.log.frameAt(lsn).bytes),
  );
});

t.test("a long range is cut into messages and waits for the receiver", async (t) => {
  const source = sourceOf(9, 4000);
  const stream = new FakeServerStream<FetchFramesResponse>();
  stream.isSlow = true;
  const fetching = fetchFrames(source, { fromLsn: 1, toLsn: 36_000, nonce: 0n }, stream);
  await new Promise(setImmediate);
  t.same(sizesOf(stream), [3], "the second message waits");
  stream.catchUp();
  await fetching;
  t.same(sizesOf(stream), [3, 3]);
});

t.test("a receiver that left ends the work", async (t) => {
  const stream = new FakeServerStream<FetchFramesResponse>();
  stream.closed = true;
  await fetchFrames(sourceOf(3, 1), { fromLsn: 1, toLsn: 3, nonce: 0n }, stream);
  t.same(stream.sent, []);
});

t.test("what cannot be had is refused", async (t) => {
  const source = sourceOf(3, 1);
  const fetch = (fromLsn: number, toLsn: number) =>
    fetchFrames(source, { fromLsn, toLsn, nonce: 0n }, new FakeServerStream<FetchFramesResponse>());
  await t.rejects(fetch(0, 3), storeErrorPattern("INVALID_REQUEST"));
  await t.rejects(fetch(3, 2), storeErrorPattern("INVALID_REQUEST"));
  await t.rejects(fetch(1, 4), storeErrorPattern("POSITION_NOT_REACHED"));
  source.cutLsn = 1;
  await t.rejects(fetch(1, 3), storeErrorPattern("CURSOR_TOO_OLD"));
});
