import { create } from "@bufbuild/protobuf";
import t from "tap";
import {
  AdminService,
  ListOperationsRequestSchema,
  OperationKind,
  OperationPhase,
  SwitchoverRequestSchema,
  type WatchOperationResponse,
  WatchOperationRequestSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  type SealRequest,
  SealResponseSchema,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { DEADLINE, failure, fakeNode, RunningMetadata } from "../running.ts";

const { method } = AdminService;

/** Four nodes of which the first two keep shard 0 at LSN 41 and promise what they are asked for. */
async function cluster(t: Parameters<typeof fakeNode>[0]) {
  const sealed: SealRequest[] = [];
  const node = await fakeNode(
    t,
    {},
    {
      seal: async (request) => {
        sealed.push(request);
        const end = { shardId: request.shardId, generation: 1n, lsn: 41n };
        return create(SealResponseSchema, {
          promisedGeneration: request.generation,
          end,
          grantRemainingMs: 4000,
        });
      },
    },
  );
  const metadata = await new RunningMetadata(t, { "--automatic-failover": "false" }).start();
  await metadata.bootstrap([node.address, node.address]);
  await metadata.keepAlive(0, [{ shardId: 0, generation: 1n }]);
  return { metadata, sealed };
}

function switchover(
  metadata: RunningMetadata,
  expectedGeneration: bigint,
  changes: { dryRun?: boolean } = {},
) {
  const request = create(SwitchoverRequestSchema, { shardId: 0, expectedGeneration, ...changes });
  return metadata.channel.unary(method.switchover, request, DEADLINE);
}

async function operations(metadata: RunningMetadata) {
  const request = create(ListOperationsRequestSchema);
  return (await metadata.channel.unary(method.listOperations, request, DEADLINE)).operations;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

t.test("a switchover seals, publishes and is done when the new leader serves; watchers see it", async (t) => {
  const { metadata, sealed } = await cluster(t);
  const { operationId, plan } = await switchover(metadata, 1n);
  t.match(plan, { leader: "madrid-2", ackSet: ["madrid-2", "madrid-1"], remote: "new-york-1" });
  await until(async () => (await metadata.shardMap()).shards[0].generation === 2n);
  t.match(sealed[0], { shardId: 0, generation: 2n, operationId });
  t.match((await metadata.shardMap()).shards[0], { leader: "madrid-2", startLsn: 42n, established: false });

  const seen: WatchOperationResponse[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  metadata.channel.serverStream(method.watchOperation, create(WatchOperationRequestSchema, { operationId }), {
    onMessage: (message) => seen.push(message),
    onClose: resolve,
  });
  await until(async () => seen.length > 0);
  await metadata.keepAlive(1, [{ shardId: 0, generation: 2n }]);
  t.equal(await closed, undefined, "the stream ends with the operation");
  t.match(
    seen.map(({ operation }) => operation?.phase),
    [OperationPhase.ESTABLISH, OperationPhase.DONE],
  );
  t.match(await operations(metadata), [
    {
      operationId,
      kind: OperationKind.SWITCHOVER,
      phase: OperationPhase.DONE,
      generation: 2n,
      startLsn: 42n,
    },
  ]);
  const metrics = await (await fetch(`http://${metadata.addresses.ops}/metrics`)).text();
  t.match(metrics, 'harborpoint_failovers_total{kind="SWITCHOVER"} 1');
});

t.test("an open operation survives the process and keeps its lock", async (t) => {
  const { metadata } = await cluster(t);
  const { operationId } = await switchover(metadata, 1n);
  await until(async () => (await operations(metadata))[0].phase === OperationPhase.ESTABLISH);
  await metadata.stop();
  await metadata.start();
  t.match(await failure(switchover(metadata, 2n)), { reason: "SHARD_FROZEN", metadata: { operationId } });
  await metadata.keepAlive(1, [{ shardId: 0, generation: 2n }]);
  t.match(await operations(metadata), [{ operationId, phase: OperationPhase.DONE }]);
});

t.test("what is refused, and what only looks", async (t) => {
  const { metadata } = await cluster(t);
  t.match(await failure(switchover(metadata, 7n)), {
    reason: "GENERATION_CONFLICT",
    metadata: { generation: "1" },
  });
  const preview = await switchover(metadata, 1n, { dryRun: true });
  t.equal(preview.operationId, "");
  t.equal(preview.plan?.leader, "madrid-2");
  t.strictSame(await operations(metadata), []);
  const unknown = create(ListOperationsRequestSchema, { operationId: "x" });
  const answer = metadata.channel.unary(method.listOperations, unknown, DEADLINE);
  t.match(await failure(answer), { reason: "INVALID_REQUEST", field: "operation_id" });
  const page = create(ListOperationsRequestSchema, { pageSize: 1001 });
  t.match(await failure(metadata.channel.unary(method.listOperations, page, DEADLINE)), {
    field: "page_size",
  });
});
