import { create } from "@bufbuild/protobuf";
import { systemClock } from "../../../common/clock.ts";
import { loadConfig } from "../../../common/config/load-config.ts";
import { Metrics } from "../../../common/metrics/metrics.ts";
import { systemRandom } from "../../../common/random.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import type { Service } from "../../../common/service.ts";
import { nodeConfigSchema } from "../../../node/config.ts";
import type { ListenAddresses } from "../../../node/listeners.ts";
import { createNodeProcess } from "../../../node/node-process.ts";
import { systemTimers } from "../../../node/runtime/timers.ts";
import {
  GetReplicaStatusRequestSchema,
  type ReplicaStatus,
  ReplicationService,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { RecordingLog } from "../recording-log.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

/** The part of a test that cleans up. */
type Teardown = { teardown(callback: () => unknown): void };

/** A storage node on loopback with real threads and files. It can be stopped and started again. */
export class RunningNode {
  readonly nodeId: string;
  readonly directory: string;
  readonly log = new RecordingLog();
  readonly failures: unknown[] = [];
  addresses: ListenAddresses = { grpc: "127.0.0.1:0", ops: "127.0.0.1:0" };
  readonly #place: { readonly region: string; readonly zone: string };
  #service: Service | undefined;
  #channel: RpcChannel | undefined;

  constructor(t: Teardown, nodeId: string, region: string, zone: string, directory = temporaryDirectory(t)) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.#place = { region, zone };
    t.teardown(() => this.stop());
  }

  /** A client of the running node. */
  get channel(): RpcChannel {
    if (this.#channel === undefined) throw new Error(`${this.nodeId} does not run`);
    return this.#channel;
  }

  /** Starts, at the address it had before if it ran before. */
  async start(metadata: string): Promise<this> {
    const { region, zone } = this.#place;
    const flags = {
      "--node-id": this.nodeId,
      "--region": region,
      "--zone": zone,
      "--data-dir": this.directory,
      "--metadata": metadata,
      "--listen": this.addresses.grpc,
      "--ops-listen": this.addresses.ops,
      "--ballast-bytes": "0",
    };
    this.#service = createNodeProcess(loadConfig(nodeConfigSchema, { flags }).value, {
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      newId: () => crypto.randomUUID(),
      metrics: new Metrics(),
      log: this.log,
      giveUp: (failure) => this.failures.push(failure),
      onReady: (addresses) => {
        this.addresses = addresses;
      },
    });
    await this.#service.run();
    this.#channel = new RpcChannel(this.addresses.grpc);
    return this;
  }

  async stop(): Promise<void> {
    this.#channel?.close();
    this.#channel = undefined;
    await this.#service?.drain?.();
    await this.#service?.stop();
    this.#service = undefined;
  }

  /** How a shard does on this node. */
  async status(shardId: number): Promise<ReplicaStatus> {
    const request = create(GetReplicaStatusRequestSchema, { shardIds: [shardId], withStateHash: true });
    const { replicas } = await this.channel.unary(ReplicationService.method.getReplicaStatus, request, {
      deadlineMs: 3_000,
    });
    return replicas[0];
  }
}
