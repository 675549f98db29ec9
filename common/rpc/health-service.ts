import { create } from "@bufbuild/protobuf";
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthListResponseSchema,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { ProtocolStatusError } from "../errors/grpc-status.ts";
import type { ServerStream, ServiceHandlers } from "./handlers.ts";

/** Name under which grpc.health.v1 asks for the process itself. */
const LIVENESS = "";

/**
 * What grpc.health.v1 answers. The empty name is liveness and SERVING as long as the process can
 * answer at all; every registered service has its own readiness, NOT_SERVING until it is set.
 */
export class HealthService {
  readonly #serving = new Map<string, boolean>([[LIVENESS, true]]);
  readonly #watchers = new Set<() => void>();
  #draining = false;

  /** Adds a service, not ready yet. */
  register(service: string): void {
    this.#serving.set(service, false);
  }

  /** Sets the readiness of one registered service. Has no effect any more once draining. */
  setServing(service: string, serving: boolean): void {
    if (this.#draining || this.#serving.get(service) === serving) return;
    this.#serving.set(service, serving);
    this.#notify();
  }

  /** Sets the readiness of every registered service. */
  setAllServing(serving: boolean): void {
    for (const service of this.#services()) this.setServing(service, serving);
  }

  /** Declares every service not ready for good, so that callers go elsewhere before the stop. */
  drain(): void {
    this.setAllServing(false);
    this.#draining = true;
  }

  /** Handlers of the standard service. */
  readonly handlers: ServiceHandlers<typeof Health> = {
    check: async ({ service }) => {
      if (!this.#serving.has(service)) throw new ProtocolStatusError("NOT_FOUND", "unknown service");
      return this.#response(service);
    },
    watch: ({ service }, stream) => this.#watch(service, stream),
    list: async () => {
      const statuses = Object.fromEntries(
        [...this.#serving.keys()].map((name) => [name, this.#response(name)]),
      );
      return create(HealthListResponseSchema, { statuses });
    },
  };

  #services(): string[] {
    return [...this.#serving.keys()].filter((service) => service !== LIVENESS);
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #response(service: string): HealthCheckResponse {
    return create(HealthCheckResponseSchema, { status: this.#status(service) });
  }

  #status(service: string): ServingStatus {
    const serving = this.#serving.get(service);
    if (serving === undefined) return ServingStatus.SERVICE_UNKNOWN;
    return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  /** Sends the status now and after every change, until the caller leaves. */
  async #watch(service: string, stream: ServerStream<HealthCheckResponse>): Promise<void> {
    let sent: ServingStatus | undefined;
    const sendIfChanged = (): void => {
      const status = this.#status(service);
      if (status === sent) return;
      sent = status;
      stream.write(this.#response(service));
    };
    this.#watchers.add(sendIfChanged);
    try {
      sendIfChanged();
      await aborted(stream.context.signal);
    } finally {
      this.#watchers.delete(sendIfChanged);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
