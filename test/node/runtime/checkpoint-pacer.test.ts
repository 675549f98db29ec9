import t from "tap";
import { CheckpointPacer } from "../../../node/runtime/checkpoint-pacer.ts";
import type { CheckpointDelta } from "../../../node/storage/checkpoint.ts";
import { reserve, TestReplica } from "../../support/node/test-replica.ts";

/** A sink whose writes end when the test says so. */
class SlowSink {
  readonly deltas: CheckpointDelta[] = [];
  #end: () => void = () => {};

  writeCheckpoint(delta: CheckpointDelta): Promise<void> {
    this.deltas.push(delta);
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async end(): Promise<void> {
    this.#end();
    await new Promise(setImmediate);
  }
}

t.test("a checkpoint follows two seconds behind the one before, while something changed", async (t) => {
  const replica = new TestReplica().register("X");
  const sink = new SlowSink();
  const pacer = new CheckpointPacer(replica.state, replica.log, sink, 0);
  pacer.onTick(10_000);
  await sink.end();
  t.equal(sink.deltas.length, 1);
  pacer.onTick(13_000);
  t.equal(sink.deltas.length, 1, "nothing changed");
  replica.write(reserve("r1", "X"));
  pacer.onTick(11_900);
  t.equal(sink.deltas.length, 1, "too early");
  pacer.onTick(12_000);
  t.equal(sink.deltas.length, 2);
});

t.test("a delta holds what changed since the last one", async (t) => {
  const replica = new TestReplica().register("X");
  const sink = new SlowSink();
  const pacer = new CheckpointPacer(replica.state, replica.log, sink, 0);
  pacer.onTick(10_000);
  await sink.end();
  replica.register("Y");
  replica.write(reserve("r1", "Y"));
  pacer.onTick(20_000);
  const { appliedLsn, appliedChain, generation, lineage, issuers, reservationChunks } = sink.deltas[1];
  t.equal(appliedLsn, 4);
  t.same(appliedChain, replica.author.chainAt(4));
  t.equal(generation, 1);
  t.same(lineage, [{ generation: 1, startLsn: 1 }]);
  t.same(
    issuers.map(({ issuerId }) => issuerId),
    ["Y"],
  );
  t.equal(reservationChunks.length, 1);
});

t.test("checkpoints of a shard never overlap", async (t) => {
  const replica = new TestReplica().register("X");
  const sink = new SlowSink();
  const pacer = new CheckpointPacer(replica.state, replica.log, sink, 0);
  pacer.onTick(10_000);
  replica.write(reserve("r1", "X"));
  pacer.onTick(20_000);
  t.equal(sink.deltas.length, 1);
  await sink.end();
  pacer.onTick(20_100);
  t.equal(sink.deltas.length, 2);
});

t.test("on the way out the checkpoint is brought up to date", async (t) => {
  const replica = new TestReplica().register("X");
  const sink = new SlowSink();
  const pacer = new CheckpointPacer(replica.state, replica.log, sink, 0);
  pacer.onTick(10_000);
  replica.write(reserve("r1", "X"));
  const finished = pacer.finish();
  await sink.end();
  await sink.end();
  await finished;
  t.same(
    sink.deltas.map(({ appliedLsn }) => appliedLsn),
    [2, 3],
  );
  await pacer.finish();
  t.equal(sink.deltas.length, 2, "there is nothing left to write");
});
