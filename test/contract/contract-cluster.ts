import { newToken } from "../../client/index.ts";
import { ReservationService } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { RawClient } from "../support/raw-client.ts";
import type { Exposure } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { type ShardGroup, shardAtHome } from "../support/cluster/shard-group.ts";
import { TestCluster } from "../support/cluster/test-cluster.ts";
import { answerOf } from "./call-status.ts";

/** An issuer registered for the tests, with room for many reservations. */
export const ISSUER_ID = "CONTRACT-1";
export const LIMIT_MINOR = 1_000_000n;

/** Nobody takes over from a node that is late on a busy machine: tests talk to leaders by their names. */
const STEADY = ["--automatic-failover", "false"];

/** A reservation as its maker knows it. */
export interface MadeReservation {
  readonly token: string;
  readonly reservationId: string;
  readonly sessionToken: string;
}

/** A cluster with one issuer at home in Madrid, and plain gRPC clients for every process of it. */
export class ContractCluster {
  readonly cluster: TestCluster;
  /** The shard of {@link ISSUER_ID}. */
  readonly shard: ShardGroup;
  readonly #clients = new Map<string, RawClient>();

  private constructor(cluster: TestCluster, shard: ShardGroup) {
    this.cluster = cluster;
    this.shard = shard;
  }

  /** Starts the cluster; it stops when the test ends. */
  static async start(t: { teardown(callback: () => unknown): void }): Promise<ContractCluster> {
    const cluster = await TestCluster.start({ metadataFlags: STEADY });
    t.teardown(() => cluster.stop());
    const started = new ContractCluster(cluster, await shardAtHome(cluster.client("madrid"), "madrid"));
    t.teardown(() => started.#close());
    await started.register(ISSUER_ID);
    return started;
  }

  /** Client of the router at home. */
  get router(): RawClient {
    return this.client("router-madrid");
  }

  /** Client of a process, by its name. */
  client(name: string): RawClient {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client = new RawClient(this.cluster.addressOf(name, "--listen"));
    this.#clients.set(name, client);
    return client;
  }

  /** Makes an approved reservation of 1, by the SDK, which sees it through. */
  async reserve(issuerId = ISSUER_ID): Promise<MadeReservation> {
    const token = newToken();
    const decision = await this.cluster.client("madrid").reserve({ token, issuerId, amountMinor: 1 });
    const { reservationId, label } = decision;
    return { token, reservationId, sessionToken: label.sessionToken };
  }

  /** Reads whatever each replica has, past the routers. */
  async readAtReplicas(): Promise<void> {
    const consistency = { contract: { case: "any", value: {} } } as const;
    for (const name of this.shard.replicas) {
      await answerOf(
        this.client(name).call(ReservationService.method.getExposure, { issuerId: ISSUER_ID, consistency }),
      );
    }
  }

  /** Exposure of {@link ISSUER_ID} now. */
  async exposure(): Promise<Exposure> {
    const { getExposure } = ReservationService.method;
    const { exposure } = await answerOf(this.router.call(getExposure, { issuerId: ISSUER_ID }));
    if (exposure === undefined) throw new Error("an answer without an exposure");
    return exposure;
  }

  /** Hands the shard to its synchronous peer. */
  async switchOver(): Promise<void> {
    const { shardId, generation, syncPeer } = this.shard;
    const client = this.cluster.client("madrid");
    await client.operations.switchover({ shardId, expectedGeneration: generation, targetNodeId: syncPeer });
    await this.cluster.awaitWritable();
  }

  /** Registers an issuer at home in Madrid. */
  async register(issuerId: string): Promise<void> {
    const limitMinor = Number(LIMIT_MINOR);
    const input = { token: newToken(), issuerId, currency: "EUR", limitMinor, homeRegion: "madrid" };
    await this.cluster.client("madrid").registerIssuer(input);
  }

  #close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
