import t from "tap";
import { ClusterModel } from "./cluster-model.ts";

const [A, B] = ["madrid-1", "madrid-2"];

t.test("records beyond what a later generation had cut off are not taken over", async (t) => {
  const model = new ClusterModel();
  // The leader had written three records that nobody else has when its peer was published without it.
  model.cut.add(`${A} ${B}`);
  model.replica(A).log.push(1, 1, 1);
  const end = model.replica(B).log.length;
  model.step({ kind: "switchover", shardId: 0, expectedGeneration: 1, target: B, dryRun: false });
  model.onStep = () => {
    if (model.config().leader === B) model.crash(B);
  };
  model.run(20_000);
  t.match(model.published.slice(-2), [
    { config: { generation: 2, leader: B, startLsn: end + 1 } },
    { config: { generation: 3, leader: A, startLsn: end + 1 } },
  ]);
  t.ok(model.isServing());
});

t.test("an answer to an earlier question counts for nothing", async (t) => {
  const model = new ClusterModel();
  model.step({ kind: "switchover", shardId: 0, expectedGeneration: 1, target: B, dryRun: false });
  const [{ operationId, generation }] = model.operations;
  const answer = { kind: "seal_answered", shardId: 0, operationId, endGeneration: 1, endLsn: 1 } as const;
  const late = {
    ...answer,
    generation: generation - 1,
    promisedGeneration: generation - 1,
    grantRemainingMs: 0,
  };
  t.strictSame(model.step({ ...late, nodeId: A }).changes, []);
  t.strictSame(model.step({ ...late, nodeId: B, operationId: "another" }).changes, []);
  t.strictSame(model.operations[0].seals, []);
});
