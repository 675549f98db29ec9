// Frames through the memory two threads share: whole, in order, whatever their sizes.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import t from "tap";
import { LaneStaging } from "../../../node/runtime/lane-staging.ts";

const MIB = 1 << 20;

function through(writer: LaneStaging, reader: LaneStaging, parts: readonly Uint8Array[]): boolean {
  const lengths = parts.map(({ byteLength }) => byteLength);
  writer.write(
    parts,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  return isDeepStrictEqual(
    Array.from(reader.read(lengths), (view) => new Uint8Array(view)),
    [...parts],
  );
}

t.test("what one side writes the other reads", async (t) => {
  const memory = LaneStaging.allocate(4 * MIB);
  const [writer, reader] = [new LaneStaging(memory), new LaneStaging(memory)];
  const parts = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 20 });
  t.doesNotThrow(() => fc.assert(fc.property(parts, (each) => through(writer, reader, each))));
});

t.test("it grows to a round of the largest size and no further", async (t) => {
  const memory = LaneStaging.allocate(3 * MIB);
  const [writer, reader] = [new LaneStaging(memory), new LaneStaging(memory)];
  t.equal(memory.byteLength, MIB);
  t.ok(through(writer, reader, [new Uint8Array(MIB).fill(1), new Uint8Array(2 * MIB).fill(2)]));
  t.equal(memory.byteLength, 3 * MIB);
  t.ok(through(writer, reader, [new Uint8Array(10).fill(3)]));
  t.throws(() => writer.write([new Uint8Array(3 * MIB + 1)], 3 * MIB + 1));
});

t.test("a length that is not that of the parts is a broken invariant", async (t) => {
  const staging = new LaneStaging(LaneStaging.allocate(MIB));
  t.throws(() => staging.write([new Uint8Array(5)], 6), { name: "InvariantViolation" });
});
