import t from "tap";
import { LogSize } from "../../../node/runtime/log-size.ts";
import { ENVELOPE_BYTES } from "../../../node/wal/envelope.ts";

const columns = (segment: number, offsets: number[], lengths: number[]) => ({
  segment,
  nextLsn: segment + offsets.length,
  count: offsets.length,
  lsnDeltas: Uint32Array.from(offsets, (_, i) => i),
  offsets: Uint32Array.from(offsets),
  lengths: Uint32Array.from(lengths),
});

t.test("the size of a log is what its segments' frames reach to", async (t) => {
  const size = new LogSize([columns(1, [64, 1000], [500, 200]), columns(3, [], [])]);
  t.equal(size.bytes, 1200 + ENVELOPE_BYTES);
  size.add({ firstLsn: 3, lastLsn: 3, segment: 3, offset: 64, length: 36 });
  t.equal(size.bytes, 1200 + 100 + 2 * ENVELOPE_BYTES);
  size.add({ firstLsn: 4, lastLsn: 4, segment: 3, offset: 200, length: 100 });
  t.equal(size.bytes, 1200 + 300 + 2 * ENVELOPE_BYTES);
});
