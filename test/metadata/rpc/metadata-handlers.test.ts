import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import t from "tap";
import {
  ChangeKind,
  KeepAliveRequestSchema,
  ListLineageRequestSchema,
  LocateIssuerRequestSchema,
  MetadataService,
  ProposeConfigRequestSchema,
  type ShardConfig,
  type ShardConfigSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { FOUR_NODES, uuid } from "../fixtures.ts";
import { DEADLINE, failure, RunningMetadata } from "../running.ts";

const { method } = MetadataService;

/** The request of a leader that restarted. */
function proposal(current: ShardConfig, changes: MessageInitShape<typeof ShardConfigSchema> = {}) {
  return create(ProposeConfigRequestSchema, {
    expectedGeneration: current.generation,
    proposer: current.leader,
    config: {
      ...current,
      generation: current.generation + 1n,
      startLsn: 20n,
      changeKind: ChangeKind.LOSSLESS,
      operationId: uuid(50),
      ...changes,
    },
  });
}

t.test("nodes register, shards are placed, leaders establish them", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  const first = await metadata.register(0);
  t.equal(first.sessionKey.length, 32);
  t.match(first.shardMap, { clusterId: first.clusterId, shards: [], nodes: [{ nodeId: "madrid-1" }] });
  t.match(first.shardMap?.regions, [{ region: "madrid", timeZone: "Europe/Madrid" }, { region: "new-york" }]);
  await metadata.bootstrap();

  const { shards, nodes } = await metadata.shardMap();
  t.match(shards, [
    {
      shardId: 0,
      generation: 1n,
      homeRegion: "madrid",
      leader: "madrid-1",
      ackSet: ["madrid-1", "madrid-2"],
      remote: "new-york-1",
      replicas: FOUR_NODES.map(({ nodeId }) => nodeId),
      startLsn: 1n,
      changeKind: ChangeKind.BOOTSTRAP,
      established: false,
    },
    { shardId: 1, leader: "new-york-1" },
  ]);
  t.equal(nodes.length, 4);
  t.ok(nodes.every(({ lastSeen }) => lastSeen !== undefined));

  await metadata.keepAlive(0, [{ shardId: 0, generation: 1n }]);
  t.match((await metadata.shardMap()).shards, [{ established: true }, { established: false }]);
});

t.test("a proposal is decided by compare-and-set and survives a restart", async (t) => {
  const metadata = await (await new RunningMetadata(t).start()).bootstrap();
  const [current] = (await metadata.shardMap()).shards;
  const winner = await metadata.channel.unary(method.proposeConfig, proposal(current), DEADLINE);
  t.match(winner.config, { generation: 2n, operationId: uuid(50), startLsn: 20n, established: false });
  const late = proposal(current, { operationId: uuid(51) });
  const loser = await metadata.channel.unary(method.proposeConfig, late, DEADLINE);
  t.equal(loser.config?.operationId, uuid(50));

  const before = await metadata.shardMap();
  await metadata.stop();
  await metadata.start();
  const after = await metadata.shardMap();
  t.strictSame(after.shards, before.shards);
  t.equal(after.clusterId, before.clusterId);
  t.ok(
    after.nodes.every(({ lastSeen }) => lastSeen === undefined),
    "nobody spoke to this process yet",
  );
  const again = await metadata.channel.unary(method.proposeConfig, proposal(current), DEADLINE);
  t.equal(again.config?.operationId, uuid(50), "the winner may ask again");
});

t.test("a node that lags is told, the lineage tells when", async (t) => {
  const metadata = await (await new RunningMetadata(t).start()).bootstrap();
  await metadata.keepAlive(0, [{ shardId: 0, generation: 1n }]);
  const [current] = (await metadata.shardMap()).shards;
  await metadata.channel.unary(method.proposeConfig, proposal(current), DEADLINE);
  const { nodeId, bootId } = FOUR_NODES[1];
  const shards = [{ shardId: 0, generation: 1n }];
  const request = create(KeepAliveRequestSchema, { nodeId, bootId, shards });
  const { newer } = await metadata.channel.unary(method.keepAlive, request, DEADLINE);
  t.match(newer, [{ shardId: 0, generation: 2n }]);

  const lineageRequest = create(ListLineageRequestSchema, { shardId: 0 });
  const { entries } = await metadata.channel.unary(method.listLineage, lineageRequest, DEADLINE);
  t.match(entries, [{ config: { generation: 1n, established: true } }, { config: { generation: 2n } }]);
  const [first, second] = entries;
  t.ok(first.establishTime && first.publishTime);
  t.equal(second.establishTime, undefined);
  t.ok(timestampMs(second.publishTime as Timestamp) > 1.7e12);
});

t.test("malformed requests name the field", async (t) => {
  const metadata = await (await new RunningMetadata(t).start()).bootstrap();
  const [current] = (await metadata.shardMap()).shards;
  const refuses = async (answer: Promise<unknown>, field: string) =>
    t.match(await failure(answer), { reason: "INVALID_REQUEST", field }, field);
  const propose = (changes: MessageInitShape<typeof ShardConfigSchema>) =>
    metadata.channel.unary(method.proposeConfig, proposal(current, changes), DEADLINE);
  const keepAlive = (shards: MessageInitShape<typeof KeepAliveRequestSchema>["shards"]) => {
    const { nodeId, bootId } = FOUR_NODES[0];
    const request = create(KeepAliveRequestSchema, { nodeId, bootId, shards: shards ?? [] });
    return metadata.channel.unary(method.keepAlive, request, DEADLINE);
  };
  const bare = create(ProposeConfigRequestSchema, { expectedGeneration: 1n });
  await refuses(metadata.channel.unary(method.proposeConfig, bare, DEADLINE), "config");
  await refuses(propose({ operationId: "no" }), "config.operation_id");
  await refuses(propose({ incarnation: "" }), "config.incarnation");
  await refuses(propose({ generation: 2n ** 60n }), "config.generation");
  await refuses(propose({ startLsn: 0n }), "config.start_lsn");
  await refuses(propose({ changeKind: ChangeKind.UNSPECIFIED }), "config.change_kind");
  await refuses(propose({ changeKind: ChangeKind.LOSSY }), "config.change_kind");
  await refuses(keepAlive([{ shardId: 0, generation: 2n ** 60n }]), "shards[0].generation");
  await refuses(keepAlive([{ shardId: 0 }, { shardId: 8 }]), "shards[1].shard_id");
  const stranger = create(ListLineageRequestSchema, { shardId: 7 });
  await refuses(metadata.channel.unary(method.listLineage, stranger, DEADLINE), "shard_id");
  const nobody = create(LocateIssuerRequestSchema);
  await refuses(metadata.channel.unary(method.locateIssuer, nobody, DEADLINE), "issuer_id");
});

t.test("an unknown issuer is not found", async (t) => {
  const metadata = await (await new RunningMetadata(t).start()).bootstrap();
  const request = create(LocateIssuerRequestSchema, { issuerId: "MUNI-77" });
  const answer = metadata.channel.unary(method.locateIssuer, request, DEADLINE);
  t.match(await failure(answer), { reason: "ISSUER_NOT_FOUND" });
});
