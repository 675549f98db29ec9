import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { systemClock } from "../../common/clock.ts";
import type { GrpcCodeName } from "../../common/errors/grpc-code.ts";
import type { ServiceCodecs, ServiceHandlers } from "../../common/rpc/handlers.ts";
import { RpcServer, type RpcServerOptions } from "../../common/rpc/server.ts";
import { RecordingLog } from "./recording-log.ts";

/** A finished call, as the observer heard of it. */
export interface HandledCall {
  readonly method: string;
  readonly code: GrpcCodeName;
  readonly seconds: number;
}

/** A server on a free loopback port, with everything it reported. */
export class TestRpcServer {
  readonly log = new RecordingLog();
  readonly handled: HandledCall[] = [];
  readonly server: RpcServer;
  #port = 0;

  constructor(options: RpcServerOptions = {}) {
    const observer = {
      callHandled: (method: DescMethod, code: GrpcCodeName, seconds: number) => {
        this.handled.push({ method: method.name, code, seconds });
      },
    };
    this.server = new RpcServer({ log: this.log, clock: systemClock, observer }, options);
  }

  /** Serves a service and returns itself. */
  serving<S extends DescService>(service: S, handlers: ServiceHandlers<S>, codecs?: ServiceCodecs<S>): this {
    this.server.addService(service, handlers, codecs);
    return this;
  }

  async start(): Promise<this> {
    this.#port = await this.server.start("127.0.0.1:0");
    return this;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }
}
