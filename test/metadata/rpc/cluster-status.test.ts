import { create } from "@bufbuild/protobuf";
import t from "tap";
import {
  AdminService,
  DescribeShardRequestSchema,
  GetClusterStatusRequestSchema,
  ListShardsRequestSchema,
  Severity,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  type GetReplicaStatusRequest,
  GetReplicaStatusResponseSchema,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ReplicaRole } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { DEADLINE, failure, fakeNode, RunningMetadata } from "../running.ts";

const { method } = AdminService;

/** A cluster in which only madrid-1 answers questions about its replicas; both leaders sent heartbeats. */
async function cluster(t: Parameters<typeof fakeNode>[0]) {
  const asked: GetReplicaStatusRequest[] = [];
  const node = await fakeNode(
    t,
    {},
    {
      getReplicaStatus: async (request) => {
        asked.push(request);
        const stateHash = request.withStateHash ? new Uint8Array(32).fill(9) : new Uint8Array();
        const replicas = [0, 1].map((shardId) => ({ shardId, durableLsn: 20n, appliedLsn: 19n, stateHash }));
        return create(GetReplicaStatusResponseSchema, { replicas });
      },
    },
  );
  const metadata = await (await new RunningMetadata(t).start()).bootstrap([node.address]);
  await metadata.keepAlive(0, [{ shardId: 0, generation: 1n }]);
  await metadata.keepAlive(2, [{ shardId: 1, generation: 1n }]);
  return { metadata, asked };
}

t.test("shards show what replicas say now, else what they said last", async (t) => {
  const { metadata, asked } = await cluster(t);
  const request = create(ListShardsRequestSchema);
  const { shards } = await metadata.channel.unary(method.listShards, request, DEADLINE);
  t.match(shards, [
    {
      config: { shardId: 0, established: true },
      replicas: [
        { nodeId: "madrid-1", status: { durableLsn: 20n, appliedLsn: 19n } },
        { nodeId: "madrid-2" },
      ],
    },
    {
      config: { shardId: 1 },
      replicas: [
        {
          nodeId: "new-york-1",
          status: {
            role: ReplicaRole.LEADER,
            durableLsn: 12n,
            committedLsn: 11n,
            remoteDurableLsn: 10n,
            appliedLsn: 0n,
            writable: true,
          },
        },
        { nodeId: "new-york-2" },
        { nodeId: "madrid-1", status: { appliedLsn: 19n } },
        { nodeId: "madrid-2" },
      ],
    },
  ]);
  t.equal(shards[0].replicas[1].status, undefined, "never spoke");
  t.equal(asked.length, 1, "one question a node");
  t.strictSame(asked[0].shardIds, []);
});

t.test("the overview names nodes, shards and problems", async (t) => {
  const { metadata } = await cluster(t);
  const request = create(GetClusterStatusRequestSchema);
  const status = await metadata.channel.unary(method.getClusterStatus, request, DEADLINE);
  t.equal(status.nodes.length, 4);
  t.match(status.nodes[0], { info: { nodeId: "madrid-1", zone: "madrid-z1" }, alive: true });
  t.ok(Number(status.nodes[0].silentMs) < 3000);
  t.equal(status.shards.length, 2);
  t.strictSame(status.problems, []);

  await metadata.stop();
  await metadata.start();
  const afterwards = await metadata.channel.unary(method.getClusterStatus, request, DEADLINE);
  t.match(afterwards.nodes[0], { alive: false, silentMs: undefined });
  t.match(afterwards.problems[0], { severity: Severity.CRITICAL, code: "LEADER_SILENT", shardId: 0 });
});

t.test("a description asks the replicas and shows only who answered", async (t) => {
  const { metadata, asked } = await cluster(t);
  const request = create(DescribeShardRequestSchema, { shardId: 1, withStateHash: true });
  const { shard, lineage } = await metadata.channel.unary(method.describeShard, request, DEADLINE);
  t.match(asked, [{ shardIds: [1], withStateHash: true }]);
  t.strictSame(
    shard?.replicas.map(({ nodeId, status }) => [nodeId, status?.stateHash.length]),
    [
      ["new-york-1", undefined],
      ["new-york-2", undefined],
      ["madrid-1", 32],
      ["madrid-2", undefined],
    ],
  );
  t.match(lineage, [{ config: { generation: 1n, established: true } }]);
  const unknown = create(DescribeShardRequestSchema, { shardId: 9 });
  const answer = metadata.channel.unary(method.describeShard, unknown, DEADLINE);
  t.match(await failure(answer), { reason: "INVALID_REQUEST", field: "shard_id" });
});

t.test("a node that does not answer costs an overview half a second at most", async (t) => {
  const stuck = Promise.withResolvers<never>();
  const node = await fakeNode(t, {}, { getReplicaStatus: () => stuck.promise });
  const metadata = await (await new RunningMetadata(t).start()).bootstrap([node.address]);
  const request = create(ListShardsRequestSchema);
  const { shards } = await metadata.channel.unary(method.listShards, request, { deadlineMs: 4000 });
  t.equal(shards[0].replicas[0].status, undefined);
  t.ok(metadata.log.events.includes("replica_poll_failed"));
});
