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
import { MetadataService } from "../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

/** Where a process can be reached. */
export interface ListenAddresses {
  /** host:port of the gRPC listener. */
  readonly grpc: string;
  /** host:port of the operations port. */
  readonly ops: string;
}

/** Parts of the listeners. */
export interface ListenerParts {
  /** Where to listen; port 0 means any free one. */
  readonly addresses: ListenAddresses;
  readonly metadata: ServiceHandlers<typeof MetadataService>;
  readonly admin: ServiceHandlers<typeof AdminService>;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Hears the real addresses once everything listens. */
  readonly onReady: (addresses: ListenAddresses) => void;
}

/** Calls in progress get this long to end when the process leaves. */
const STOP_GRACE_MS = 2000;

/** A watcher may leave this much unread before its changes are merged. */
const SINK_LIMITS = { pauseAboveBytes: 256 << 10, failAboveBytes: 16 << 20 };

/** The gRPC listener and the operations port: open last, closed first. */
export class Listeners implements Service {
  readonly name = "listeners";
  readonly #parts: ListenerParts;
  readonly #rpcServer: RpcServer;
  readonly #opsServer: OpsServer;
  #serving = false;

  constructor(parts: ListenerParts) {
    const { metadata, admin, log, clock, metrics } = parts;
    this.#parts = parts;
    const environment = { log, clock, observer: new GrpcCallMetrics(metrics) };
    this.#rpcServer = new RpcServer(environment, { sinkLimits: SINK_LIMITS });
    this.#rpcServer.addService(MetadataService, metadata);
    this.#rpcServer.addService(AdminService, admin);
    const readiness = new Readiness();
    readiness.setCheck("serving", () => (this.#serving ? undefined : "starting or leaving"));
    const services = [jsonService(MetadataService, metadata), jsonService(AdminService, admin)];
    this.#opsServer = new OpsServer({ metrics, readiness, log }, [jsonRequestHandler(services, log)]);
  }

  async run(): Promise<void> {
    const { addresses, onReady } = this.#parts;
    const opsHost = hostOf(addresses.ops);
    const opsPort = await this.#opsServer.start(opsHost, portOf(addresses.ops));
    const grpcPort = await this.#rpcServer.start(addresses.grpc);
    this.#serving = true;
    this.#rpcServer.health.setAllServing(true);
    onReady({ grpc: `${hostOf(addresses.grpc)}:${grpcPort}`, ops: `${opsHost}:${opsPort}` });
  }

  async drain(): Promise<void> {
    this.#serving = false;
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
