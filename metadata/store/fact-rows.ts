import type { ChangeKind, ShardConfig } from "../model/configuration.ts";
import type { Change } from "../model/changes.ts";
import type { Operation } from "../model/operations/operation.ts";
import type { NodeRecord } from "../model/node-record.ts";

/** A row of the table nodes. */
export interface NodeRow {
  readonly node_id: string;
  readonly region: string;
  readonly zone: string;
  readonly address: string;
  readonly address_by_region: string;
  readonly boot_id: string;
}

/** A row of the table generations. */
export interface GenerationRow {
  readonly shard_id: number;
  readonly generation: number;
  readonly incarnation: string;
  readonly home_region: string;
  readonly leader: string;
  readonly ack_set: string;
  readonly remote: string;
  readonly replicas: string;
  readonly start_lsn: number;
  readonly change_kind: ChangeKind;
  readonly operation_id: string;
  readonly publish_time_ms: number;
  readonly establish_time_ms: number | null;
}

/** A row of the table issuers. */
export interface IssuerRow {
  readonly issuer_id: string;
  readonly shard_id: number;
  readonly home_region: string;
  readonly currency: string;
  readonly recorded: 0 | 1;
}

/** A row of the table operations. */
export interface OperationRow {
  readonly operation_id: string;
  readonly shard_id: number;
  readonly open_time_ms: number;
  readonly close_time_ms: number | null;
  readonly state: string;
}

export function rowOfOperation(operation: Operation): OperationRow {
  return {
    operation_id: operation.operationId,
    shard_id: operation.shardId,
    open_time_ms: operation.openTimeMs,
    close_time_ms: operation.closeTimeMs ?? null,
    state: JSON.stringify(operation),
  };
}

/** How an operation stands. JSON has no undefined: what is not known yet is left out. */
export function operationOfRow({ state }: OperationRow): Operation {
  const operation = JSON.parse(state) as Operation;
  return { ...operation, startLsn: operation.startLsn, closeTimeMs: operation.closeTimeMs };
}

export function rowOfNode(node: NodeRecord): NodeRow {
  return {
    node_id: node.nodeId,
    region: node.region,
    zone: node.zone,
    address: node.address,
    address_by_region: JSON.stringify(node.addressByRegion),
    boot_id: node.bootId,
  };
}

export function nodeOfRow(row: NodeRow): NodeRecord {
  return {
    nodeId: row.node_id,
    region: row.region,
    zone: row.zone,
    address: row.address,
    addressByRegion: JSON.parse(row.address_by_region) as Record<string, string>,
    bootId: row.boot_id,
  };
}

export function rowOfGeneration(config: ShardConfig, publishTimeMs: number): GenerationRow {
  return {
    shard_id: config.shardId,
    generation: config.generation,
    incarnation: config.incarnation,
    home_region: config.homeRegion,
    leader: config.leader,
    ack_set: JSON.stringify(config.ackSet),
    remote: config.remote,
    replicas: JSON.stringify(config.replicas),
    start_lsn: config.startLsn,
    change_kind: config.changeKind,
    operation_id: config.operationId,
    publish_time_ms: publishTimeMs,
    establish_time_ms: null,
  };
}

/** The facts a generation's row stands for: its publication, and that it was established. */
export function factsOfGeneration(row: GenerationRow): Change[] {
  const config: ShardConfig = {
    shardId: row.shard_id,
    generation: row.generation,
    incarnation: row.incarnation,
    homeRegion: row.home_region,
    leader: row.leader,
    ackSet: JSON.parse(row.ack_set) as string[],
    remote: row.remote,
    replicas: JSON.parse(row.replicas) as string[],
    startLsn: row.start_lsn,
    changeKind: row.change_kind,
    operationId: row.operation_id,
  };
  const { shardId, generation } = config;
  const published: Change = {
    kind: "configuration_published",
    config,
    publishTimeMs: row.publish_time_ms,
  };
  if (row.establish_time_ms === null) return [published];
  const establishTimeMs = row.establish_time_ms;
  return [published, { kind: "generation_established", shardId, generation, establishTimeMs }];
}

/** The facts an issuer's row stands for: its placement, and that it was recorded. */
export function factsOfIssuer(row: IssuerRow): Change[] {
  const { issuer_id: issuerId, shard_id: shardId, home_region: homeRegion, currency } = row;
  const placed: Change = { kind: "issuer_placed", issuerId, shardId, homeRegion, currency };
  return row.recorded === 0 ? [placed] : [placed, { kind: "issuer_recorded", issuerId, currency }];
}
