import t from "tap";
import { FrameCache } from "../../../node/wal/frame-cache.ts";
import { FrameChain } from "../../support/frame-chain.ts";

t.test("frames leave in the order they came when the bytes run out", async (t) => {
  const frames = new FrameChain().take(4);
  const { byteLength } = frames[0].bytes;
  const cache = new FrameCache(byteLength * 2);
  const present = () =>
    frames.filter((frame) => cache.get(frame.firstLsn) === frame).map(({ firstLsn }) => firstLsn);
  cache.add(frames[0]);
  cache.add(frames[1]);
  t.strictSame(present(), [1, 2]);
  cache.add(frames[2]);
  t.strictSame(present(), [2, 3]);
  cache.add(frames[2]);
  t.strictSame(present(), [2, 3], "a frame counts once");
  cache.truncateAfter(2);
  t.strictSame(present(), [2]);
});

t.test("the newest frame stays, however large", async (t) => {
  const cache = new FrameCache(0);
  const [first, second] = new FrameChain().take(2);
  cache.add(first);
  cache.add(second);
  t.equal(cache.get(1), undefined);
  t.equal(cache.get(2), second);
});

t.test("row accessors are made once for a frame in memory", async (t) => {
  const cache = new FrameCache(1_000_000);
  const [first, second] = new FrameChain().take(2);
  cache.add(first);
  t.equal(cache.rowsOf(first), cache.rowsOf(first));
  t.equal(cache.rowsOf(first).frame, first);
  t.equal(cache.rowsOf(second).frame, second, "and each time for another");
});
