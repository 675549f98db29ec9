import { invalidRequest } from "../../common/errors/store-error.ts";
import {
  ChangeKind,
  type KeepAliveRequest,
  type NodeInfo,
  type ProposeConfigRequest,
  type RegisterNodeRequest,
  type ShardConfig as ShardConfigMessage,
  type ShardHeartbeat as ShardHeartbeatMessage,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { ChangeKind as ChangeKindName, ShardConfig } from "../model/configuration.ts";
import type { ShardHeartbeat } from "../model/liveness.ts";
import type { NodeRecord } from "../model/node-record.ts";
import type { MetadataRequest } from "../model/requests.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ADDRESS = /^\S+:\d{1,5}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const CHANGE_KIND_NAMES: ReadonlyMap<ChangeKind, ChangeKindName> = new Map([
  [ChangeKind.BOOTSTRAP, "BOOTSTRAP"],
  [ChangeKind.LOSSLESS, "LOSSLESS"],
  [ChangeKind.LOSSY, "LOSSY"],
]);

/** Checks and translates a node's introduction. */
export function registerNodeRequest({
  node,
  clusterId,
}: RegisterNodeRequest): MetadataRequest<"register_node"> {
  if (node === undefined) throw invalidRequest("node", "is missing");
  return { kind: "register_node", node: nodeRecord(node), clusterId };
}

/** Checks and translates a sign of life. */
export function keepAliveRequest({
  nodeId,
  bootId,
  shards,
}: KeepAliveRequest): MetadataRequest<"keep_alive"> {
  return { kind: "keep_alive", nodeId, bootId, shards: shards.map(shardHeartbeat) };
}

/** Checks and translates a proposal. */
export function proposeConfigRequest({
  expectedGeneration,
  config,
  proposer,
}: ProposeConfigRequest): MetadataRequest<"propose_configuration"> {
  if (config === undefined) throw invalidRequest("config", "is missing");
  return {
    kind: "propose_configuration",
    expectedGeneration: safeInteger("expected_generation", expectedGeneration, 1),
    config: shardConfig(config),
    proposer,
  };
}

function nodeRecord(node: NodeInfo): NodeRecord {
  const { nodeId, region, zone, address, addressByRegion, bootId } = node;
  checkText("node.node_id", nodeId, NAME, "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  checkText("node.zone", zone, NAME, "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  checkText("node.address", address, ADDRESS, "must be host:port");
  checkText("node.boot_id", bootId, UUID, "must be a UUID");
  for (const [caller, detour] of Object.entries(addressByRegion)) {
    checkText(`node.address_by_region[${caller}]`, detour, ADDRESS, "must be host:port");
  }
  return { nodeId, region, zone, address, addressByRegion: { ...addressByRegion }, bootId };
}

function shardHeartbeat(heartbeat: ShardHeartbeatMessage, i: number): ShardHeartbeat {
  const integer = (field: string, value: bigint): number => safeInteger(`shards[${i}].${field}`, value, 0);
  return {
    shardId: heartbeat.shardId,
    generation: integer("generation", heartbeat.generation),
    promisedGeneration: integer("promised_generation", heartbeat.promisedGeneration),
    established: heartbeat.established,
    hasAuthority: heartbeat.hasAuthority,
    durableLsn: integer("durable_lsn", heartbeat.durableLsn),
    committedLsn: integer("committed_lsn", heartbeat.committedLsn),
    remoteDurableLsn: integer("remote_durable_lsn", heartbeat.remoteDurableLsn),
  };
}

function shardConfig(config: ShardConfigMessage): ShardConfig {
  checkText("config.incarnation", config.incarnation, UUID, "must be a UUID");
  checkText("config.operation_id", config.operationId, UUID, "must be a UUID");
  return {
    shardId: config.shardId,
    generation: safeInteger("config.generation", config.generation, 1),
    incarnation: config.incarnation,
    homeRegion: config.homeRegion,
    leader: config.leader,
    ackSet: config.ackSet,
    remote: config.remote,
    replicas: config.replicas,
    startLsn: safeInteger("config.start_lsn", config.startLsn, 1),
    changeKind: changeKindName(config.changeKind),
    operationId: config.operationId,
  };
}

function changeKindName(kind: ChangeKind): ChangeKindName {
  const name = CHANGE_KIND_NAMES.get(kind);
  if (name === undefined) throw invalidRequest("config.change_kind", "is missing");
  return name;
}

function checkText(field: string, text: string, pattern: RegExp, rule: string): void {
  if (!pattern.test(text)) throw invalidRequest(field, text === "" ? "is missing" : rule);
}

/** A 64-bit number that is exact inside this process. */
function safeInteger(field: string, value: bigint, min: number): number {
  if (value >= min && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  throw invalidRequest(field, `must be ${min} to 2^53 - 1`);
}
