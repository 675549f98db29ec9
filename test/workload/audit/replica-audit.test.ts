import { create } from "@bufbuild/protobuf";
import t from "tap";
import { DescribeShardResponseSchema } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { compareReplicas, replicaStates, type ReplicaState } from "../../../workload/audit/replica-audit.ts";

const at = (nodeId: string, appliedLsn: bigint, stateHash: string): ReplicaState => ({
  nodeId,
  appliedLsn,
  stateHash,
});
const verdict = (...replicas: ReplicaState[]) => compareReplicas(1, replicas).verdict;

t.test("one state at one position is equal", async (t) => {
  t.equal(verdict(at("leader", 9n, "aa"), at("peer", 9n, "aa"), at("remote", 9n, "aa")), "equal");
});

t.test("another state at the same position is different, whoever else is behind", async (t) => {
  t.equal(verdict(at("leader", 9n, "aa"), at("peer", 9n, "bb"), at("remote", 9n, "aa")), "different");
  t.equal(verdict(at("leader", 9n, "aa"), at("peer", 9n, "bb"), at("remote", 7n, "cc")), "different");
});

t.test("a replica that is behind, silent or missing is not equal yet", async (t) => {
  t.equal(verdict(at("leader", 9n, "aa"), at("remote", 8n, "bb")), "pending");
  t.equal(verdict(at("leader", 9n, "aa"), at("remote", 9n, "")), "pending");
  t.equal(verdict(at("leader", 9n, "aa")), "pending", "a single copy proves nothing");
  t.equal(verdict(), "pending");
});

t.test("every replica of the configuration counts, also one that did not answer", async (t) => {
  const description = create(DescribeShardResponseSchema, {
    shard: {
      config: { shardId: 1, replicas: ["leader", "peer", "remote"] },
      replicas: [
        { nodeId: "leader", status: { appliedLsn: 4n, stateHash: new Uint8Array([0xab]) } },
        { nodeId: "peer", status: { appliedLsn: 4n, stateHash: new Uint8Array([0xab]) } },
      ],
    },
  });
  t.same(replicaStates(description), [at("leader", 4n, "ab"), at("peer", 4n, "ab"), at("remote", 0n, "")]);
});
