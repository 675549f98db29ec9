import { newToken } from "../../client/index.ts";
import { AdminService } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { RawClient } from "../support/raw-client.ts";
import { type ShardGroup, shardAtHome } from "../support/cluster/shard-group.ts";
import { TestCluster } from "../support/cluster/test-cluster.ts";
import { answerOf } from "./call-status.ts";

/** An issuer registered for the tests, with room for many reservations. */
export const ISSUER_ID = "CONTRACT-1";
export const LIMIT_MINOR = 1_000_000n;

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
    const cluster = await TestCluster.start();
    t.teardown(() => cluster.stop());
    const started = new ContractCluster(cluster, await shardAtHome(cluster.client("madrid"), "madrid"));
    t.teardown(() => started.#close());
    await started.#register();
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

  /** Makes an approved reservation. @returns its token and the session token of the write */
  async reserve(): Promise<{ readonly token: string; readonly sessionToken: string }> {
    const token = newToken();
    const request = { reservationToken: token, issuerId: ISSUER_ID, amountMinor: 1n };
    const { outcome } = await answerOf(this.router.call(ReservationService.method.reserve, request));
    return { token, sessionToken: outcome?.label?.sessionToken ?? "" };
  }

  async #register(): Promise<void> {
    const request = {
      reservationToken: newToken(),
      issuerId: ISSUER_ID,
      currency: "EUR",
      limitMinor: LIMIT_MINOR,
      homeRegion: "madrid",
    };
    await answerOf(this.router.call(AdminService.method.registerIssuer, request));
  }

  #close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
