// What a node binds itself to stays: identity, incarnations, promises.
import { join } from "node:path";
import t from "tap";
import { NodeStore } from "../../../node/storage/node-store.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const one = new Uint8Array(16).fill(1);
const two = new Uint8Array(16).fill(2);

t.test("a new store knows nothing", async (t) => {
  const store = new NodeStore(join(temporaryDirectory(t), "node.sqlite"));
  t.equal(store.identity(), undefined);
  t.strictSame(store.shards(), []);
  store.close();
});

t.test("a data directory belongs to one node of one cluster", async (t) => {
  const path = join(temporaryDirectory(t), "node.sqlite");
  const store = new NodeStore(path);
  store.claim({ clusterId: "c1", nodeId: "n1" });
  store.claim({ clusterId: "c1", nodeId: "n1" });
  store.close();
  const again = new NodeStore(path);
  t.strictSame(again.identity(), { clusterId: "c1", nodeId: "n1" });
  const message = /belongs to node n1 of cluster c1, not to n1 of c2/;
  t.throws(() => again.claim({ clusterId: "c2", nodeId: "n1" }), { fault: "foreign", message });
  t.throws(() => again.claim({ clusterId: "c1", nodeId: "n2" }), { name: "StorageError", fault: "foreign" });
  t.strictSame(again.identity(), { clusterId: "c1", nodeId: "n1" });
  again.close();
});

t.test("promises and incarnations are there after a restart, whichever came first", async (t) => {
  const path = join(temporaryDirectory(t), "node.sqlite");
  const store = new NodeStore(path);
  store.persistPromise(5, 3);
  store.recordIncarnation(2, one);
  store.recordIncarnation(5, two);
  store.persistPromise(2, 2 ** 40);
  store.close();
  const again = new NodeStore(path);
  t.match(again.shards(), [
    { shardId: 2, promisedGeneration: 2 ** 40 },
    { shardId: 5, promisedGeneration: 3 },
  ]);
  t.ok(
    again
      .shards()
      .every(({ incarnation }, i) => Buffer.compare(incarnation ?? one, [one, two][i] ?? one) === 0),
  );
  again.close();
});

t.test("a shard that was only promised has no incarnation", async (t) => {
  const path = join(temporaryDirectory(t), "node.sqlite");
  const store = new NodeStore(path);
  store.persistPromise(1, 1);
  store.close();
  const again = new NodeStore(path);
  t.strictSame(again.shards(), [{ shardId: 1, incarnation: undefined, promisedGeneration: 1 }]);
  again.close();
});

t.test("a promise never decreases", async (t) => {
  const store = new NodeStore(join(temporaryDirectory(t), "node.sqlite"));
  store.persistPromise(1, 4);
  store.persistPromise(1, 4);
  t.throws(() => store.persistPromise(1, 3), {
    name: "InvariantViolation",
    message: "a promise never decreases",
  });
  t.match(store.shards(), [{ promisedGeneration: 4 }]);
  store.close();
});

t.test("another incarnation of a shard is foreign", async (t) => {
  const store = new NodeStore(join(temporaryDirectory(t), "node.sqlite"));
  store.recordIncarnation(1, one);
  store.recordIncarnation(1, one);
  t.throws(() => store.recordIncarnation(1, two), {
    fault: "foreign",
    message: /shard 1 .* another incarnation/,
  });
  store.close();
});

t.test("a promise survives the death of the process right after it", async (t) => {
  const path = join(temporaryDirectory(t), "node.sqlite");
  const end = await childScript(`
    import { NodeStore } from "${import.meta.resolve("../../../node/storage/node-store.ts")}";
    const store = new NodeStore(${JSON.stringify(path)});
    for (let generation = 1; generation <= 100; generation++) store.persistPromise(7, generation);
    process.kill(process.pid, "SIGKILL");
  `).end;
  t.equal(end.signal, "SIGKILL", end.output);
  const store = new NodeStore(path);
  t.match(store.shards(), [{ shardId: 7, promisedGeneration: 100 }]);
  store.close();
});
