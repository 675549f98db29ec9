import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../common/clock.ts";
import { loadConfig } from "../../common/config/load-config.ts";
import { Metrics } from "../../common/metrics/metrics.ts";
import { systemRandom } from "../../common/random.ts";
import { RpcChannel } from "../../common/rpc/channel.ts";
import type { Service } from "../../common/service.ts";
import {
  ReservationService,
  ReserveRequestSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { routerConfigSchema } from "../../router/config.ts";
import type { ListenAddresses } from "../../router/listeners.ts";
import { createRouterProcess } from "../../router/router-process.ts";
import { formatToken } from "../../common/batch/token.ts";
import { FakeMetadata } from "../support/fake-metadata.ts";
import { FakeNode } from "../support/fake-node.ts";
import { testToken } from "../support/mutation-rows.ts";
import { RecordingLog } from "../support/recording-log.ts";

/** The part of a test that cleans up. */
type Teardown = { teardown(callback: () => unknown): void };

/** Longest wait for something that must happen, in milliseconds. */
const WAIT_MS_MAX = 10_000;

/**
 * A router of region madrid on loopback between a client, a fake metadata service and fake nodes:
 * m1 leads shard 1 and n1, of new-york, leads shard 2; each follows the other. Issuers a… live on
 * shard 1, issuers b… on shard 2.
 */
export class RunningRouter {
  readonly metadata = new FakeMetadata();
  readonly m1 = new FakeNode("m1").holds(1, 1, true).holds(2, 1, false);
  readonly n1 = new FakeNode("n1").holds(2, 1, true).holds(1, 1, false);
  readonly log = new RecordingLog();
  readonly metrics = new Metrics();
  addresses: ListenAddresses = { grpc: "", ops: "" };
  readonly #flags: Readonly<Record<string, string>>;
  #service: Service | undefined;
  #channel: RpcChannel | undefined;

  constructor(t: Teardown, flags: Readonly<Record<string, string>> = {}) {
    this.#flags = flags;
    t.teardown(() => this.stop());
  }

  /** Starts everything and waits until the router has the shard map. */
  async start(): Promise<this> {
    await Promise.all([this.metadata.start(), this.m1.start(), this.n1.start()]);
    this.metadata.addNode("m1", "madrid", this.m1.address);
    this.metadata.addNode("n1", "new-york", "unreachable.invalid:1", { madrid: this.n1.address });
    this.metadata.place(1, 1, "m1", ["m1", "n1"]);
    this.metadata.place(2, 1, "n1", ["n1", "m1"]);
    for (const name of ["a1", "a2", "a3"]) this.metadata.issuers.set(name, 1);
    for (const name of ["b1", "b2", "b3"]) this.metadata.issuers.set(name, 2);
    await this.startRouter();
    await this.until(() => this.log.events.filter((event) => event === "shard_placed").length === 2);
    return this;
  }

  /** Starts the router alone. */
  async startRouter(): Promise<void> {
    const flags = {
      "--listen": "127.0.0.1:0",
      "--ops-listen": "127.0.0.1:0",
      "--metadata": this.metadata.address,
      "--region": "madrid",
      ...this.#flags,
    };
    this.#service = createRouterProcess(loadConfig(routerConfigSchema, { flags }).value, {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
      metrics: this.metrics,
      onReady: (addresses) => {
        this.addresses = addresses;
      },
    });
    await this.#service.run();
    this.#channel = new RpcChannel(this.addresses.grpc);
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error("the router does not run");
    return this.#service;
  }

  /** A client of the router. */
  get channel(): RpcChannel {
    if (this.#channel === undefined) throw new Error("the router does not run");
    return this.#channel;
  }

  async stop(): Promise<void> {
    this.#channel?.close();
    await this.#service?.stop();
    await Promise.all([this.metadata.stop(), this.m1.stop(), this.n1.stop()]);
  }

  /** Reserves 100 with a test token. */
  reserve(
    issuerId: string,
    token: number,
    more: MessageInitShape<typeof ReserveRequestSchema> = {},
    deadlineMs = 5000,
  ) {
    const request = create(ReserveRequestSchema, {
      reservationToken: formatToken(testToken(token)),
      issuerId,
      amountMinor: 100n,
      ...(more as object),
    });
    return this.channel.unary(ReservationService.method.reserve, request, { deadlineMs });
  }

  /** Waits for something that must happen soon. */
  async until(condition: () => boolean): Promise<void> {
    const endMs = systemClock.monotonicMs() + WAIT_MS_MAX;
    while (!condition()) {
      if (systemClock.monotonicMs() > endMs) throw new Error("waited for too long");
      await sleep(5);
    }
  }
}
