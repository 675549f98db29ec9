import t from "tap";
import { ClusterModel } from "./cluster-model.ts";

const [A, B, C, D] = ["madrid-1", "madrid-2", "new-york-1", "new-york-2"];

/** Kind, phase and attempt of every operation of a shard. */
function story(model: ClusterModel, shardId = 0): string[] {
  const ofShard = model.operations.filter((operation) => operation.shardId === shardId);
  return ofShard.map(({ kind, phase, attempt }) => `${kind} ${phase} ${attempt}`);
}

function switchover(model: ClusterModel, target?: string) {
  const expectedGeneration = model.config().generation;
  return model.step({ kind: "switchover", shardId: 0, expectedGeneration, target, dryRun: false });
}

t.test("a healthy cluster is left alone", async (t) => {
  const model = new ClusterModel();
  model.run(60_000);
  t.strictSame(model.operations, []);
  t.ok(model.isServing());
  t.ok(model.acknowledged.length > 500);
});

t.test(
  "a dead leader is replaced by its peer, which acknowledges abroad until the first is back",
  async (t) => {
    const model = new ClusterModel();
    model.crash(A);
    model.run(2000);
    const tookMs = model.runUntilServing(8000) + 2000;
    t.ok(tookMs <= 8000, `${tookMs} ms without writes`);
    t.match(model.config(), { generation: 2, leader: B, ackSet: [B, C], remote: C, changeKind: "LOSSLESS" });
    t.strictSame(story(model), ["FAILOVER DONE 1"]);
    model.boot(A);
    model.run(10_000);
    t.match(model.config(), { generation: 3, leader: B, ackSet: [B, A] });
    t.strictSame(story(model), ["FAILOVER DONE 1", "ACK_SET DONE 1"]);
  },
);

t.test("a planned switchover waits for nothing it does not need", async (t) => {
  const model = new ClusterModel();
  t.match(switchover(model).answer, { group: { leader: B, ackSet: [B, A] } });
  const tookMs = model.runUntilServing(1000);
  t.ok(tookMs <= 1000, `${tookMs} ms without writes`);
  t.match(model.config(), { leader: B, ackSet: [B, A], remote: C });
  model.run(30_000);
  t.strictSame(story(model), ["SWITCHOVER DONE 1"], "and nobody fights it");
});

t.test("a lost peer is replaced abroad, and returns when it has kept up for a while", async (t) => {
  const model = new ClusterModel();
  model.crash(B);
  const silentMs = model.nowMs;
  model.runUntil(() => model.config().generation > 1);
  model.runUntilServing(3000);
  t.ok(model.nowMs - silentMs <= 3000, `${model.nowMs - silentMs} ms`);
  t.match(model.config(), { leader: A, ackSet: [A, C] });
  model.boot(B);
  model.run(2000);
  t.equal(model.config().generation, 2, "not at once");
  model.run(5000);
  t.match(model.config(), { leader: A, ackSet: [A, B] });
  model.crash(B);
  model.run(4000);
  model.boot(B);
  model.run(10_000);
  t.match(model.config(), { generation: 4, ackSet: [A, C] }, "what can wait waits while things are restless");
  model.run(30_000);
  t.match(model.config(), { generation: 5, ackSet: [A, B] });
});

t.test(
  "both members of an ack set over the ocean hold everything: first the peer dies, then the leader",
  async (t) => {
    const model = new ClusterModel();
    model.crash(B);
    model.run(5000);
    model.crash(A);
    model.run(20_000);
    t.strictSame(story(model), ["ACK_SET DONE 1"], "out of its region only an operator moves a shard");
    switchover(model, C);
    model.runUntilServing(10_000);
    t.match(model.config(), { leader: C, ackSet: [C, D], homeRegion: "madrid" });
    t.ok(model.isServing());
  },
);

t.test("a leader that lives but cannot reach its peer is replaced; with a live peer only", async (t) => {
  const model = new ClusterModel();
  model.cut.add(`${A} ${B}`);
  model.run(12_000);
  t.match(model.config(), { leader: B, ackSet: [B, C] });
  t.ok(model.isServing());
  model.run(60_000);
  t.strictSame(story(model), ["FAILOVER DONE 1"], "and not asked back while the two do not reach each other");
});

t.test("the target does not answer: the same leader goes on under the next generation", async (t) => {
  const model = new ClusterModel();
  model.deafToSeals.add(B);
  switchover(model, B);
  const tookMs = model.runUntilServing(4000);
  t.ok(tookMs <= 3000, `${tookMs} ms`);
  t.match(model.config(), { generation: 2, leader: A, ackSet: [A, C] });
});

t.test("the suspected leader answers late: nobody waits for its peer's grant any longer", async (t) => {
  const model = new ClusterModel();
  model.unheard.add(A);
  model.runUntil(() => model.operations.length > 0);
  model.run(200);
  t.match(model.operations, [{ phase: "FENCE", seals: [{ nodeId: B }, { nodeId: C }] }]);
  model.unheard.delete(A);
  model.run(1000);
  t.match(model.config(), { generation: 2, leader: B });
});

t.test(
  "the chosen leader dies between publishing and starting: the next generation finds another",
  async (t) => {
    const model = new ClusterModel();
    switchover(model, B);
    model.onStep = () => {
      if (model.config().leader === B) model.crash(B);
    };
    model.run(1000);
    t.match(model.operations, [{ phase: "ESTABLISH", attempt: 1 }]);
    model.run(12_000);
    t.match(model.config(), { generation: 3, leader: A });
    t.ok(model.isServing());
    t.strictSame(story(model), ["SWITCHOVER DONE 2"]);
  },
);

t.test("a leader that does not get its generation started is not tried for ever", async (t) => {
  const model = new ClusterModel();
  model.stuck.add(B);
  switchover(model, B);
  model.run(25_000);
  t.equal(model.config().leader, A);
  t.ok(model.isServing());
});

t.test("two shards fail over at once", async (t) => {
  const model = new ClusterModel();
  t.equal(model.config(1).leader, C);
  model.crash(A);
  model.crash(C);
  model.run(8000);
  t.match(model.config(0), { leader: B });
  t.match(model.config(1), { leader: D });
  t.strictSame(story(model, 0), ["FAILOVER DONE 1"]);
  t.strictSame(story(model, 1), ["FAILOVER DONE 1"]);
  t.ok(model.isServing(0));
  t.ok(model.isServing(1));
});

t.test("a leader that is back at once proposes for itself, and no operation is opened", async (t) => {
  const model = new ClusterModel();
  model.crash(A);
  model.run(1000);
  model.boot(A);
  model.run(3000);
  t.match(model.config(), { generation: 2, leader: A, ackSet: [A, B] });
  t.strictSame(model.operations, []);
  t.ok(model.isServing());
});

t.test("a leader that is back while an operation is open may not propose", async (t) => {
  const model = new ClusterModel();
  model.crash(A);
  model.runUntil(() => model.operations.length > 0);
  model.boot(A);
  const refusal = model.metadata.refused(model.metadata.proposal());
  t.match(refusal, {
    refused: "GENERATION_CONFLICT",
    metadata: { operationId: model.operations[0].operationId },
  });
  model.runUntilServing(8000);
  t.match(model.config(), { generation: 2, leader: B });
  t.ok(model.isServing());
});

t.test("metadata restarted while it waits for a fence waits the whole grant", async (t) => {
  const model = new ClusterModel();
  model.crash(A);
  model.runUntil(() => model.operations[0]?.phase === "FENCE");
  model.run(1000);
  model.restartMetadata();
  model.run(4200);
  t.equal(model.config().generation, 1, "it cannot know how long ago the answers came");
  model.run(2000);
  t.match(model.config(), { generation: 2, leader: B });
  t.ok(model.isServing());
});

t.test("a coordinator killed after any step is followed by one that finishes", async (t) => {
  for (const kind of ["failover", "switchover"]) {
    for (let killedAfter = 1; killedAfter <= 8; killedAfter++) {
      const model = new ClusterModel();
      let steps = 0;
      model.onStep = () => {
        if (++steps === killedAfter) model.restartMetadata();
      };
      if (kind === "failover") model.crash(A);
      else switchover(model, B);
      model.run(20_000);
      t.match(model.config(), { leader: B }, `${kind}, killed after step ${killedAfter}`);
      t.ok(model.isServing());
      t.ok(model.config().generation <= 3);
    }
  }
});

t.test("a node that promised more is asked for more", async (t) => {
  const model = new ClusterModel();
  model.replica(B).promised = 7;
  switchover(model, B);
  model.run(1500);
  t.match(model.config(), { generation: 8, leader: B });
  t.ok(model.isServing());
});

t.test("without automatic failover nothing is opened", async (t) => {
  const model = new ClusterModel();
  model.metadata.restart({ automaticFailover: false });
  model.crash(A);
  model.run(20_000);
  t.strictSame(model.operations, []);
});

t.test("out of the region by itself only where that was allowed", async (t) => {
  const model = new ClusterModel();
  model.metadata.restart({ failoverAcrossRegions: true });
  model.crash(B);
  model.run(5000);
  model.crash(A);
  model.run(12_000);
  t.match(model.config(), { leader: C, ackSet: [C, D] });
});
