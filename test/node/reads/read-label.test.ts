import t from "tap";
import { readLabel, roleOf } from "../../../node/reads/read-label.ts";
import { Durability, ReadContract, ReplicaRole } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { regionOf, TestReplica } from "../../support/node/test-replica.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";

t.test("the label of a leader's answer says what it is worth", async (t) => {
  const replica = new TestReplica().register("X");
  replica.changes = { remoteDurableLsn: 1 };
  const pass = { asked: ReadContract.BOUNDED, served: ReadContract.LINEARIZABLE, status: replica.status() };
  const label = readLabel(pass, replica, { nodeId: "a", region: "madrid", regionOf });
  t.match(label, {
    contractAsked: ReadContract.BOUNDED,
    contractServed: ReadContract.LINEARIZABLE,
    applied: { shardId: SHARD_ID, generation: 1n, lsn: 2n },
    stalenessMs: 0,
    stale: false,
    nodeId: "a",
    role: ReplicaRole.LEADER,
    region: "madrid",
    durability: Durability.LOCAL_SYNC,
    fallbackReason: "",
    remoteDurableLsn: 1n,
  });
});

t.test("a follower's label claims no age", async (t) => {
  const replica = new TestReplica().follow();
  const pass = { asked: ReadContract.ANY, served: ReadContract.ANY, status: replica.status() };
  const label = readLabel(pass, replica, { nodeId: "b", region: "madrid", regionOf });
  t.equal(label.stalenessMs, undefined);
  t.equal(label.role, ReplicaRole.SYNC_PEER);
});

t.test("the role follows from the configuration", async (t) => {
  const status = new TestReplica().follow().status();
  t.equal(roleOf(status, "b"), ReplicaRole.SYNC_PEER);
  t.equal(roleOf(status, "c"), ReplicaRole.ASYNC_REPLICA);
  t.equal(roleOf({ ...status, configuration: undefined }, "a"), ReplicaRole.UNSPECIFIED);
});
