import t from "tap";
import { create } from "@bufbuild/protobuf";
import type { StoreError } from "../../../common/errors/store-error.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { replicationHandlers } from "../../../node/rpc/replication-service.ts";
import { stateHash } from "../../../node/runtime/state-hash.ts";
import {
  FetchFramesRequestSchema,
  type FetchFramesResponse,
  GetReplicaStatusRequestSchema,
  ReplicationService,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ErrorReason, ReplicaRole } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";

const { method } = ReplicationService;
const soon = { deadlineMs: 3_000 };

async function serving(t: { teardown(callback: () => unknown): void }) {
  const shard = await ServingShard.start(t);
  const handlers = replicationHandlers(() => shard.node);
  const server = await new TestRpcServer().serving(ReplicationService, handlers).start();
  const channel = new RpcChannel(server.address);
  t.teardown(async () => {
    channel.close();
    await server.server.stop(100);
  });
  return { shard, channel };
}

t.test("the status of a replica says its positions and, when asked, its state hash", async (t) => {
  const { shard, channel } = await serving(t);
  const ask = async (init: object) =>
    (await channel.unary(method.getReplicaStatus, create(GetReplicaStatusRequestSchema, init), soon))
      .replicas;
  const [status] = await ask({ shardIds: [SHARD_ID], withStateHash: true });
  t.match(status, {
    shardId: SHARD_ID,
    role: ReplicaRole.LEADER,
    generation: 1n,
    promisedGeneration: 1n,
    appendedLsn: 2n,
    durableLsn: 2n,
    committedLsn: 2n,
    appliedLsn: 2n,
    writable: true,
    refusal: ErrorReason.UNSPECIFIED,
    remoteDurableLsn: 1n,
  });
  t.same(status.stateHash, stateHash(shard.shard.host.state));
  const all = await ask({});
  t.equal(all.length, 1);
  t.equal(all[0].stateHash.byteLength, 0, "a hash is computed only when asked for");
});

t.test("the status of a shard that is not here is refused", async (t) => {
  const { channel } = await serving(t);
  const request = create(GetReplicaStatusRequestSchema, { shardIds: [99] });
  t.equal((await storeErrorOf(channel.unary(method.getReplicaStatus, request, soon))).reason, "NOT_LEADER");
});

t.test("committed frames are fetched by position", async (t) => {
  const { shard, channel } = await serving(t);
  const fetch = (init: object) =>
    new Promise<{ messages: FetchFramesResponse[]; error: StoreError | undefined }>((resolve) => {
      const messages: FetchFramesResponse[] = [];
      const request = create(FetchFramesRequestSchema, { shardId: SHARD_ID, ...init });
      const receiver = {
        onMessage: (message: FetchFramesResponse) => void messages.push(message),
        onClose: (error: StoreError | undefined) => resolve({ messages, error }),
      };
      channel.serverStream(method.fetchFrames, request, receiver);
    });
  const { messages, error } = await fetch({ fromLsn: 1n, toLsn: 2n, nonce: 4n });
  t.equal(error, undefined);
  t.equal(messages[0].nonce, 4n);
  const expected = shard.shard.storage.log.frames.map((frame) => Buffer.from(frame.bytes));
  t.same(
    messages[0].frames.map((bytes) => Buffer.from(bytes)),
    expected,
  );
  t.equal((await fetch({ fromLsn: 1n, toLsn: 9n })).error?.reason, "POSITION_NOT_REACHED");
  t.equal((await fetch({ fromLsn: 0n, toLsn: 1n })).error?.reason, "INVALID_REQUEST");
  t.equal((await fetch({ fromLsn: 2n ** 60n, toLsn: 2n ** 60n })).error?.reason, "INVALID_REQUEST");
  t.equal((await fetch({ shardId: 99, fromLsn: 1n, toLsn: 1n })).error?.reason, "NOT_LEADER");
});
