import t from "tap";
import type { ChangeKind, ShardConfig } from "../../../metadata/model/configuration.ts";
import { ShardLineage } from "../../../metadata/model/shard-lineage.ts";
import { uuid } from "../fixtures.ts";

function config(generation: number, changes: Partial<ShardConfig> = {}): ShardConfig {
  return {
    shardId: 3,
    generation,
    incarnation: uuid(1),
    homeRegion: "madrid",
    leader: "a",
    ackSet: ["a", "b"],
    remote: "c",
    replicas: ["a", "b", "c"],
    startLsn: 1,
    changeKind: generation === 1 ? "BOOTSTRAP" : "LOSSLESS",
    operationId: uuid(generation),
    ...changes,
  };
}

function publish(lineage: ShardLineage, published: ShardConfig): void {
  lineage.publish({ kind: "configuration_published", config: published, publishTimeMs: 5 });
}

function establish(lineage: ShardLineage, generation: number): void {
  lineage.establish({ kind: "generation_established", shardId: 3, generation, establishTimeMs: 7 });
}

t.test("the newest generation is in force, older ones stay", async (t) => {
  const lineage = new ShardLineage();
  publish(lineage, config(1));
  establish(lineage, 1);
  publish(lineage, config(4));
  t.equal(lineage.current.config.generation, 4);
  t.equal(lineage.current.establishTimeMs, undefined);
  t.match(lineage.generations, [{ publishTimeMs: 5, establishTimeMs: 7 }, { config: { generation: 4 } }]);
  t.equal(lineage.everEstablished, true);
});

t.test("a generation that does not grow is a broken invariant", async (t) => {
  const lineage = new ShardLineage();
  publish(lineage, config(2, { changeKind: "BOOTSTRAP" }));
  t.throws(() => publish(lineage, config(2, { operationId: uuid(9) })), /only grow/);
  t.throws(() => publish(lineage, config(1)), /only grow/);
  t.throws(() => publish(lineage, config(3, { operationId: uuid(2) })), /publishes once/);
});

t.test("only the newest generation is established", async (t) => {
  const lineage = new ShardLineage();
  t.throws(() => lineage.current, /has a generation/);
  publish(lineage, config(1));
  t.equal(lineage.everEstablished, false);
  publish(lineage, config(2));
  t.throws(() => establish(lineage, 1), /newest/);
});

t.test("who may lead next", async (t) => {
  const lineage = new ShardLineage();
  const publishNext = (changeKind: ChangeKind, leader: string, ackSet: string[]): string[] => {
    const generation = (lineage.generations.at(-1)?.config.generation ?? 0) + 1;
    publish(lineage, config(generation, { changeKind, leader, ackSet }));
    return [...lineage.eligible].sort();
  };
  t.strictSame(publishNext("BOOTSTRAP", "a", ["a", "b"]), ["a", "b"], "nothing to lose yet");
  t.strictSame(publishNext("LOSSLESS", "c", ["c", "d"]), ["a", "b", "c"], "the new peer holds nothing yet");
  establish(lineage, 2);
  t.strictSame([...lineage.eligible].sort(), ["c", "d"], "the old ack set misses what came since");
  t.strictSame(publishNext("LOSSY", "e", ["e", "c"]), ["e"], "the new leader defines what survived");
});
