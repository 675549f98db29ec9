import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log/log.ts";
import { GrpcCallMetrics } from "../common/metrics/grpc-call-metrics.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import { OpsServer } from "../common/ops-server.ts";
import type { Readiness } from "../common/readiness.ts";
import type { ServiceHandlers } from "../common/rpc/handlers.ts";
import { jsonRequestHandler, jsonService } from "../common/rpc/json-handlers.ts";
import { RpcServer } from "../common/rpc/server.ts";
import type { Service } from "../common/service.ts";
import { NodeAdminService } from "../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReplicationService } from "../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ReservationService } from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

/** Where a process can be reached. */
export type ListenAddresses = {
  /** host:port of the gRPC listener. */
  readonly grpc: string;
  /** host:port of the operations port. */
  readonly ops: string;
};

/** Parts of the listeners. */
export type ListenerParts = {
  /** Where to listen; port 0 means any free one. */
  readonly addresses: ListenAddresses;
  readonly reservation: ServiceHandlers<typeof ReservationService>;
  readonly admin: ServiceHandlers<typeof NodeAdminService>;
  readonly replication: ServiceHandlers<typeof ReplicationService>;
  readonly readiness: Readiness;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** Frames and full batches travel in one message. */
const MESSAGE_BYTES_MAX = 16 << 20;
/** Calls in progress get this long to end when the process leaves, milliseconds. */
const STOP_GRACE_MS = 1_000;

/** The gRPC listener and the operations port. They answer from the start, and serve once told to. */
export class Listeners implements Service {
  readonly name = "listeners";
  readonly #parts: ListenerParts;
  readonly #rpcServer: RpcServer;
  readonly #opsServer: OpsServer;
  #bound: ListenAddresses | undefined;

  constructor(parts: ListenerParts) {
    const { reservation, admin, replication, readiness, log, clock, metrics } = parts;
    this.#parts = parts;
    const environment = { log, clock, observer: new GrpcCallMetrics(metrics) };
    this.#rpcServer = new RpcServer(environment, { messageBytesMax: MESSAGE_BYTES_MAX });
    this.#rpcServer.addService(ReservationService, reservation);
    this.#rpcServer.addService(NodeAdminService, admin);
    this.#rpcServer.addService(ReplicationService, replication);
    const json = jsonRequestHandler([jsonService(ReservationService, reservation)], log);
    this.#opsServer = new OpsServer({ metrics, readiness, log }, [json]);
  }

  /** Real addresses, once both ports listen. */
  get bound(): ListenAddresses | undefined {
    return this.#bound;
  }

  async run(): Promise<void> {
    const { grpc, ops } = this.#parts.addresses;
    const opsPort = await this.#opsServer.start(hostOf(ops), portOf(ops));
    const grpcPort = await this.#rpcServer.start(grpc);
    this.#bound = { grpc: `${hostOf(grpc)}:${grpcPort}`, ops: `${hostOf(ops)}:${opsPort}` };
  }

  /** Tells health watchers that the services can be used. */
  setServing(): void {
    this.#rpcServer.health.setAllServing(true);
  }

  /** Tells health watchers that the process is going away; calls are still answered. */
  setLeaving(): void {
    this.#rpcServer.drain();
  }

  async stop(): Promise<void> {
    await this.#rpcServer.stop(STOP_GRACE_MS);
    await this.#opsServer.stop();
  }
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
