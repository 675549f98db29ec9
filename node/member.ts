import { create } from "@bufbuild/protobuf";
import type { Clock } from "../common/clock.ts";
import { StoreError } from "../common/errors/store-error.ts";
import type { Log } from "../common/log/log.ts";
import type { Metrics } from "../common/metrics/metrics.ts";
import type { Random } from "../common/random.ts";
import type { Readiness } from "../common/readiness.ts";
import { RpcChannel } from "../common/rpc/channel.ts";
import type { Service } from "../common/service.ts";
import {
  type NodeInfo,
  NodeInfoSchema,
  type RegisterNodeResponse,
} from "../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { NodeConfig } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { ListenAddresses, Listeners } from "./listeners.ts";
import { assembleNode, type RunningNode } from "./node-assembly.ts";
import { MetadataClient } from "./runtime/metadata-client.ts";
import { registerNode } from "./runtime/registration.ts";
import type { ServingNode } from "./runtime/serving-node.ts";
import type { Timers } from "./runtime/timers.ts";

/** What being a member of a cluster takes. */
export type MemberParts = {
  readonly config: NodeConfig;
  readonly data: DataDirectory;
  readonly listeners: Listeners;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Makes UUIDs. */
  readonly newId: () => string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Hears the addresses once the node serves. */
  readonly onReady: (addresses: ListenAddresses) => void;
};

/**
 * The node's part in the cluster: introduces it to the metadata service, opens its shards, and only
 * then lets it serve. Before that every call is refused.
 */
export class Member implements Service {
  readonly name = "member";
  readonly #parts: MemberParts;
  readonly #bootId: string;
  readonly #client: MetadataClient;
  #running: RunningNode | undefined;
  #isLeaving = false;

  constructor(parts: MemberParts) {
    const { config, clock, newId, readiness } = parts;
    this.#parts = parts;
    this.#bootId = newId();
    this.#client = new MetadataClient(
      new RpcChannel(config.metadata, { unreachableReason: "METADATA_UNAVAILABLE" }, clock),
    );
    readiness.setCheck("member", () => this.#problem());
    readiness.setCheck("shards", () => this.#running?.shardProblem());
  }

  /** What the services answer from. Throws SHARD_FROZEN while the node has not joined. */
  readonly serving = (): ServingNode => {
    if (this.#running !== undefined) return this.#running.serving;
    throw new StoreError("SHARD_FROZEN", { message: "this node is still starting" });
  };

  async run(): Promise<void> {
    const { config, data, listeners, log, onReady } = this.#parts;
    const registered = await this.#register();
    const { clusterId, shardMap } = registered;
    await data.lanes.claim({ clusterId, nodeId: config.nodeId });
    const running = this.#assemble(registered);
    await running.open(shardMap);
    this.#running = running;
    running.start();
    listeners.setServing();
    log.info("node_serving", { clusterId, bootId: this.#bootId, shards: shardMap?.shards.length ?? 0 });
    if (listeners.bound !== undefined) onReady(listeners.bound);
  }

  async drain(): Promise<void> {
    this.#isLeaving = true;
    this.#parts.listeners.setLeaving();
    await this.#running?.drain();
  }

  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.#running?.stop();
    this.#client.close();
  }

  #register(): Promise<RegisterNodeResponse> {
    const clusterId = this.#parts.data.lanes.identity?.clusterId ?? "";
    return registerNode({ ...this.#parts, client: this.#client }, this.#nodeInfo(), clusterId);
  }

  #nodeInfo(): NodeInfo {
    const { config, listeners } = this.#parts;
    const { nodeId, region, zone, advertise, advertiseIn } = config;
    return create(NodeInfoSchema, {
      nodeId,
      region,
      zone,
      address: advertise === "" ? (listeners.bound?.grpc ?? config.listen) : advertise,
      addressByRegion: { ...advertiseIn },
      bootId: this.#bootId,
    });
  }

  #assemble({ clusterId, sessionKey }: RegisterNodeResponse): RunningNode {
    const onForgotten = async (): Promise<void> => void (await this.#register());
    return assembleNode({
      ...this.#parts,
      lanes: this.#parts.data.lanes,
      client: this.#client,
      bootId: this.#bootId,
      clusterId,
      sessionKey,
      onForgotten,
    });
  }

  #problem(): string | undefined {
    if (this.#isLeaving) return "the node is leaving";
    return this.#running === undefined ? "the node has not joined its cluster yet" : undefined;
  }
}
