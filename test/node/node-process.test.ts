import t from "tap";
import { create } from "@bufbuild/protobuf";
import { v7 } from "uuid";
import type { StoreError } from "../../common/errors/store-error.ts";
import { AdminService, RegisterIssuerRequestSchema } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  GetShardMapRequestSchema,
  MetadataService,
  type ShardConfig,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import {
  GetExposureRequestSchema,
  type MutationOutcome,
  ReservationService,
  ReserveRequestSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  FetchFramesRequestSchema,
  ReplicationService,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { Decision } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { RunningMetadata } from "../metadata/running.ts";
import { RunningNode } from "../support/node/running-node.ts";
import { storeErrorOf } from "../support/store-error-of.ts";
import { storeErrorPattern } from "../support/store-error-pattern.ts";

const soon = { deadlineMs: 3_000 };

/** Asks until the answer is there; a generous bound instead of a guess. */
async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not happen within 10 s`);
}

/** Metadata and four nodes in two regions, with issuer X registered and its shard established. */
class Cluster {
  readonly metadata: RunningMetadata;
  readonly nodes: readonly RunningNode[];
  shardId = 0;

  constructor(t: Tap) {
    this.metadata = new RunningMetadata(t, { "--shards": "2" });
    this.nodes = [
      new RunningNode(t, "madrid-1", "madrid", "mad-a"),
      new RunningNode(t, "madrid-2", "madrid", "mad-b"),
      new RunningNode(t, "new-york-1", "new-york", "nyc-a"),
      new RunningNode(t, "new-york-2", "new-york", "nyc-b"),
    ];
  }

  async start(): Promise<this> {
    await this.metadata.start();
    await Promise.all(this.nodes.map((node) => node.start(this.metadata.addresses.grpc)));
    const registration = create(RegisterIssuerRequestSchema, {
      reservationToken: v7(),
      issuerId: "X",
      currency: "EUR",
      limitMinor: 1_000n,
      homeRegion: "madrid",
    });
    this.shardId = await until("the registration", async () => {
      try {
        return (await this.metadata.channel.unary(AdminService.method.registerIssuer, registration, soon))
          .shardId;
      } catch {
        return undefined; // the shards are not established yet
      }
    });
    return this;
  }

  async config(): Promise<ShardConfig> {
    const request = create(GetShardMapRequestSchema);
    const { shardMap } = await this.metadata.channel.unary(MetadataService.method.getShardMap, request, soon);
    const config = shardMap?.shards.find(({ shardId }) => shardId === this.shardId);
    if (config === undefined) throw new Error("the shard is in the map");
    return config;
  }

  /** A node by id. */
  node(nodeId: string): RunningNode {
    const node = this.nodes.find((each) => each.nodeId === nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  }

  async leader(): Promise<RunningNode> {
    return this.node((await this.config()).leader);
  }

  /** Reserves once; rejects when there is no decision. */
  async tryReserve(reservationToken: string, amountMinor = 10n): Promise<MutationOutcome> {
    const request = create(ReserveRequestSchema, { reservationToken, issuerId: "X", amountMinor });
    const leader = await this.leader();
    const { outcome } = await leader.channel.unary(ReservationService.method.reserve, request, soon);
    if (outcome === undefined) throw new Error("a reserve is answered with an outcome");
    return outcome;
  }

  /** Reserves, again with the same token while there is no decision. */
  reserve(reservationToken: string, amountMinor = 10n): Promise<MutationOutcome> {
    return until("a decision", () => this.tryReserve(reservationToken, amountMinor).catch(() => undefined));
  }

  /** Waits until every running replica holds the same state at the same position. */
  replicasEqual(nodes = this.nodes): Promise<string> {
    return until("equal replicas", async () => {
      const statuses = await Promise.all(nodes.map((node) => node.status(this.shardId)));
      const hashes = statuses.map(
        ({ appliedLsn, stateHash }) => `${appliedLsn} ${Buffer.from(stateHash).toString("hex")}`,
      );
      return new Set(hashes).size === 1 ? hashes[0] : undefined;
    });
  }
}

type Tap = { teardown(callback: () => unknown): void };

t.test("four nodes hold the same state; a restarted leader comes back one generation up", async (t) => {
  const cluster = await new Cluster(t).start();
  const token = v7();
  const first = await cluster.reserve(token);
  t.equal(first.decision, Decision.APPROVED);
  for (let i = 0; i < 20; i++) await cluster.reserve(v7());
  await cluster.replicasEqual();

  const before = await cluster.config();
  const leader = await cluster.leader();
  await leader.stop();
  await leader.start(cluster.metadata.addresses.grpc);
  const after = await until("the next generation", async () => {
    const config = await cluster.config();
    return config.generation > before.generation && config.established ? config : undefined;
  });
  t.equal(after.leader, before.leader);
  const again = await cluster.reserve(token);
  t.same(again.label?.position, first.label?.position, "the token has its first answer");
  t.equal(again.label?.replayed, true);
  await cluster.reserve(v7());
  await cluster.replicasEqual();
  const exposure = await leader.channel.unary(
    ReservationService.method.getExposure,
    create(GetExposureRequestSchema, { issuerId: "X" }),
    soon,
  );
  t.equal(exposure.exposure?.exposureMinor, 220n);
});

t.test("without its peer a leader refuses writes; the peer catches up from the log", async (t) => {
  const cluster = await new Cluster(t).start();
  await cluster.reserve(v7());
  const { ackSet, leader } = await cluster.config();
  const peer = cluster.node(ackSet.find((member) => member !== leader) ?? "");
  await peer.stop();
  const refusal = await until("the refusal", async () => {
    const error = await storeErrorOf(cluster.tryReserve(v7())).catch(() => undefined);
    return error?.reason === "SYNC_PEER_UNAVAILABLE" ? error : undefined;
  });
  t.match(refusal, storeErrorPattern("SYNC_PEER_UNAVAILABLE"));
  await peer.start(cluster.metadata.addresses.grpc);
  const decided = await cluster.reserve(v7());
  t.equal(decided.decision, Decision.APPROVED);
  await cluster.replicasEqual();
});

t.test("a remote that was away catches up, and frames can be fetched by position", async (t) => {
  const cluster = await new Cluster(t).start();
  const { remote } = await cluster.config();
  const away = cluster.node(remote);
  await away.stop();
  for (let i = 0; i < 30; i++) await cluster.reserve(v7(), 1n);
  await away.start(cluster.metadata.addresses.grpc);
  await cluster.replicasEqual();
  const { committedLsn } = await away.status(cluster.shardId);
  const request = create(FetchFramesRequestSchema, {
    shardId: cluster.shardId,
    fromLsn: 1n,
    toLsn: committedLsn,
    nonce: 5n,
  });
  const frames: Uint8Array[] = [];
  const error = await new Promise<StoreError | undefined>((resolve) => {
    const receiver = {
      onMessage: (message: { frames: Uint8Array[] }) => void frames.push(...message.frames),
      onClose: resolve,
    };
    away.channel.serverStream(ReplicationService.method.fetchFrames, request, receiver);
  });
  t.equal(error, undefined);
  t.ok(frames.length > 1);
});

t.test("a data directory belongs to one cluster", async (t) => {
  const first = await new RunningMetadata(t).start();
  const second = await new RunningMetadata(t).start();
  const node = new RunningNode(t, "madrid-1", "madrid", "mad-a");
  await node.start(first.addresses.grpc);
  await node.stop();
  const error = await storeErrorOf(node.start(second.addresses.grpc));
  t.match(error, { reason: "INVALID_REQUEST", field: "cluster_id" });
});

t.test("before it has joined, a node refuses every call and is not ready", async (t) => {
  const node = new RunningNode(t, "madrid-1", "madrid", "mad-a");
  const metadata = new RunningMetadata(t);
  await metadata.start();
  const { grpc } = metadata.addresses;
  await metadata.stop();
  const starting = node.start(grpc);
  await until("the first attempt", () =>
    node.log.events.includes("registration_failed") ? true : undefined,
  );
  t.notOk(node.log.events.includes("node_serving"));
  const again = new RunningMetadata(t, { "--listen": grpc, "--data-dir": metadata.directory });
  await again.start();
  await starting;
  t.ok(node.log.events.includes("node_serving"));
});
