import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log/log.ts";
import { GrpcCallMetrics } from "../common/metrics/grpc-call-metrics.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import { OpsServer } from "../common/ops-server.ts";
import { Readiness } from "../common/readiness.ts";
import type { ServiceHandlers } from "../common/rpc/handlers.ts";
import { jsonRequestHandler, jsonService } from "../common/rpc/json-handlers.ts";
import { RpcServer } from "../common/rpc/server.ts";
import type { Service } from "../common/service.ts";
import { AdminService } from "../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { RowBudget } from "./write/row-budget.ts";

/** Where a router can be reached. */
export type ListenAddresses = {
  /** host:port of the gRPC listener. */
  readonly grpc: string;
  /** host:port of the operations port. */
  readonly ops: string;
};

/** What the listeners are made of. */
export type ListenersParts = {
  /** Where to listen; port 0 means any free one. */
  readonly addresses: ListenAddresses;
  readonly reservations: ServiceHandlers<typeof ReservationService>;
  readonly admin: ServiceHandlers<typeof AdminService>;
  readonly budget: RowBudget;
  /** Whether the shard map is known. */
  readonly isMapKnown: () => boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Hears the real addresses once everything listens. */
  readonly onReady: (addresses: ListenAddresses) => void;
};

/** Calls in progress get this long to end when the process leaves, in milliseconds. */
const STOP_GRACE_MS = 2_000;

/** A batch of 8192 items as messages with long texts; as rows it is an eighth of that. */
const MESSAGE_BYTES_MAX = 8 << 20;

/** The gRPC listener and the operations port: opened last, closed first. */
export class Listeners implements Service {
  readonly name = "listeners";
  readonly #parts: ListenersParts;
  readonly #rpcServer: RpcServer;
  readonly #opsServer: OpsServer;
  #draining = false;

  constructor(parts: ListenersParts) {
    const { reservations, admin, log, clock, metrics, isMapKnown } = parts;
    this.#parts = parts;
    const environment = { log, clock, observer: new GrpcCallMetrics(metrics) };
    this.#rpcServer = new RpcServer(environment, { messageBytesMax: MESSAGE_BYTES_MAX });
    this.#rpcServer.addService(ReservationService, reservations);
    this.#rpcServer.addService(AdminService, admin);
    const readiness = new Readiness();
    readiness.setCheck("shard_map", () => (isMapKnown() ? undefined : "not received yet"));
    readiness.setCheck("staying", () => (this.#draining ? "going away" : undefined));
    const services = [jsonService(ReservationService, reservations), jsonService(AdminService, admin)];
    this.#opsServer = new OpsServer({ metrics, readiness, log }, [jsonRequestHandler(services, log)]);
  }

  /** Whether the process is going away and takes no more work. */
  get isDraining(): boolean {
    return this.#draining;
  }

  async run(): Promise<void> {
    const { addresses, onReady } = this.#parts;
    const ops = splitAddress(addresses.ops);
    const opsPort = await this.#opsServer.start(ops.host, ops.port);
    const grpcPort = await this.#rpcServer.start(addresses.grpc);
    this.showReadiness();
    onReady({ grpc: `${splitAddress(addresses.grpc).host}:${grpcPort}`, ops: `${ops.host}:${opsPort}` });
  }

  /** Tells health watchers whether the services can be used. */
  showReadiness(): void {
    if (!this.#draining) this.#rpcServer.health.setAllServing(this.#parts.isMapKnown());
  }

  /** Refuses new work and waits for what is in progress. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#rpcServer.drain();
    await this.#parts.budget.idle();
  }

  async stop(): Promise<void> {
    this.#draining = true;
    await this.#rpcServer.stop(STOP_GRACE_MS);
    await this.#opsServer.stop();
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
