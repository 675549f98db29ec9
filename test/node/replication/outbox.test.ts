import t from "tap";
import { MESSAGE_FRAME_BYTES_MAX, Outbox } from "../../../node/replication/outbox.ts";
import { answerMessage } from "../../../node/replication/wire.ts";
import type { SendFrames } from "../../../node/shard/events.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import { FrameChain } from "../../support/frame-chain.ts";

const command = (
  frames: readonly Frame[],
  commitLsn: number,
  more: Partial<SendFrames> = {},
): SendFrames => ({
  type: "send_frames",
  session: 1,
  nonce: 1,
  generation: 1,
  frames,
  commitLsn,
  ...more,
});

/** Shard, number of frames, commit position and stamp of every batch. */
const contents = (outbox: Outbox) =>
  outbox
    .takeMessage()
    .batches.map(({ shardId, frames, commitLsn, sentMs }) => [
      shardId,
      frames.length,
      Number(commitLsn),
      sentMs,
    ]);

t.test("what several shards want to send goes as one message", async (t) => {
  const outbox = new Outbox();
  outbox.add(1, command(new FrameChain().take(2), 2), 100);
  outbox.add(2, command([], 7), 100);
  t.same(contents(outbox), [
    [1, 2, 2, 100],
    [2, 0, 7, 100],
  ]);
  t.ok(outbox.isEmpty);
  t.same(contents(outbox), [], "an empty message is a sign of life");
});

t.test("later news of a shard joins what waits for it, under the stamp of the oldest part", async (t) => {
  const outbox = new Outbox();
  const chain = new FrameChain();
  outbox.add(1, command(chain.take(1), 0), 100);
  outbox.add(2, command([], 3), 101);
  outbox.add(1, command(chain.take(2), 1), 105);
  outbox.add(1, command([], 3), 110);
  t.same(contents(outbox), [
    [1, 3, 3, 100],
    [2, 0, 3, 101],
  ]);
});

t.test("another subscription of the shard does not join the one before", async (t) => {
  const outbox = new Outbox();
  const chain = new FrameChain();
  outbox.add(1, command(chain.take(1), 1), 100);
  outbox.add(1, command(chain.take(1), 2, { nonce: 2 }), 101);
  outbox.add(1, command([], 2, { nonce: 2, generation: 2 }), 102);
  t.same(contents(outbox), [
    [1, 1, 1, 100],
    [1, 1, 2, 101],
    [1, 0, 2, 102],
  ]);
});

t.test("a message is cut at its size and the rest keeps its order", async (t) => {
  const outbox = new Outbox();
  const chain = new FrameChain();
  const frames = chain.take(5, 4000); // 352 kB each
  outbox.add(1, command(frames, 20_000), 100);
  outbox.add(2, command([], 9), 100);
  const sizes: number[] = [];
  const order: unknown[] = [];
  while (!outbox.isEmpty) {
    const { batches } = outbox.takeMessage();
    sizes.push(batches.flatMap((batch) => batch.frames).reduce((sum, bytes) => sum + bytes.byteLength, 0));
    order.push(batches.map(({ shardId, frames: sent }) => [shardId, sent.length]));
  }
  t.ok(sizes.every((bytes) => bytes <= MESSAGE_FRAME_BYTES_MAX));
  t.same(order, [
    [[1, 2]],
    [[1, 2]],
    [
      [1, 1],
      [2, 0],
    ],
  ]);
});

t.test("news that comes while a shard's frames are half sent joins the rest", async (t) => {
  const outbox = new Outbox();
  const chain = new FrameChain();
  outbox.add(1, command(chain.take(4, 4000), 0), 100);
  t.same(contents(outbox), [[1, 2, 0, 100]]);
  outbox.add(1, command([], 8000), 130);
  t.same(contents(outbox), [[1, 2, 8000, 100]]);
  t.ok(outbox.isEmpty);
});

t.test("a frame larger than a message travels alone", async (t) => {
  const outbox = new Outbox();
  const large = new FrameChain().next(1);
  const bytes = new Uint8Array(MESSAGE_FRAME_BYTES_MAX + 8);
  outbox.add(1, command([{ ...large, bytes }], 1), 100);
  outbox.add(2, command(new FrameChain().take(1), 1), 100);
  t.same(contents(outbox), [[1, 1, 1, 100]]);
  t.same(contents(outbox), [[2, 1, 1, 100]]);
});

t.test("answers to subscriptions go with the next message", async (t) => {
  const outbox = new Outbox();
  outbox.addAnswer(answerMessage(3, 4, 5, { type: "snapshot_needed", firstLsn: 6 }));
  t.notOk(outbox.isEmpty);
  const { answers } = outbox.takeMessage();
  t.match(answers, [{ shardId: 3, nonce: 4n, generation: 5n, verdict: { case: "snapshotNeeded" } }]);
  t.ok(outbox.isEmpty);
});
