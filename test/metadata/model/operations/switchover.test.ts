import t from "tap";
import { ClusterModel } from "./cluster-model.ts";

const [A, B, C] = ["madrid-1", "madrid-2", "new-york-1"];

function ask(
  model: ClusterModel,
  changes: { target?: string; expectedGeneration?: number; dryRun?: boolean } = {},
) {
  return model.step({
    kind: "switchover",
    shardId: 0,
    expectedGeneration: 1,
    target: undefined,
    dryRun: false,
    ...changes,
  }).answer;
}

t.test("who cannot lead is refused, and why", async (t) => {
  const model = new ClusterModel();
  t.match(ask(model, { expectedGeneration: 2 }), {
    refused: "GENERATION_CONFLICT",
    metadata: { generation: "1" },
  });
  t.match(ask(model, { target: A }), { refused: "INVALID_REQUEST", message: /leads the shard already/ });
  t.match(ask(model, { target: C }), { refused: "INVALID_REQUEST", message: /need not hold every/ });
  t.match(ask(model, { target: "x" }), { refused: "INVALID_REQUEST", message: /does not hold the shard/ });
  t.match(
    model.step({ kind: "switchover", shardId: 9, expectedGeneration: 1, target: B, dryRun: false }).answer,
    {
      refused: "INVALID_REQUEST",
      field: "shard_id",
    },
  );
  model.metadata.restart({ automaticFailover: false });
  model.crash(B);
  model.run(3000);
  t.match(ask(model, { target: B }), { refused: "SYNC_PEER_UNAVAILABLE", message: /silent/ });
  t.match(ask(model), { refused: "SYNC_PEER_UNAVAILABLE", message: /no other node/ });
  t.strictSame(model.operations, []);
});

t.test("the lock: one operation a shard, and no lease until it has published", async (t) => {
  const model = new ClusterModel();
  const leases = (): readonly number[] => {
    const { nodeId, bootId } = model.metadata.engine.state.node(A);
    const shards = [{ ...HEARTBEAT, generation: 1, promisedGeneration: 1 }];
    const { answer } = model.step({ kind: "keep_alive", nodeId, bootId, shards });
    return "leasedShardIds" in answer ? answer.leasedShardIds : [];
  };
  t.strictSame(leases(), [0]);
  t.match(ask(model, { dryRun: true }), { operationId: undefined, group: { leader: B } });
  t.strictSame(leases(), [0], "a dry run opens nothing");
  t.match(ask(model), { group: { leader: B } });
  const [{ operationId }] = model.operations;
  t.match(ask(model), { refused: "SHARD_FROZEN", metadata: { operationId } });
  t.strictSame(leases(), []);
});

const HEARTBEAT = {
  shardId: 0,
  established: true,
  hasAuthority: true,
  durableLsn: 1,
  committedLsn: 1,
  remoteDurableLsn: 0,
};
