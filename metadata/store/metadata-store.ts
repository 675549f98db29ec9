import { SESSION_KEY_BYTES } from "../../common/tokens/session-token.ts";
import type Database from "better-sqlite3";
import { assert } from "../../common/assert.ts";
import type { Change } from "../model/changes.ts";
import { CLOSED_OPERATIONS_MAX } from "../model/operations/operation-journal.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";
import {
  factsOfGeneration,
  factsOfIssuer,
  type GenerationRow,
  type IssuerRow,
  type NodeRow,
  nodeOfRow,
  type OperationRow,
  operationOfRow,
  rowOfGeneration,
  rowOfNode,
  rowOfOperation,
} from "./fact-rows.ts";

/** What makes this cluster this cluster. */
export interface ClusterIdentity {
  /** UUID. */
  readonly clusterId: string;
  /** Key that signs session tokens, 32 bytes. */
  readonly sessionKey: Uint8Array;
}

/**
 * The metadata on disk. Invariant: when {@link persist} returns, the changes survive the loss of
 * power; when it throws, the caller cannot know and must stop.
 */
export class MetadataStore {
  /** Made at the first start and never changed. */
  readonly identity: ClusterIdentity;
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #persistAll: (changes: readonly Change[]) => void;

  /**
   * Opens the store and takes hold of its directory.
   * @param newIdentity makes the identity of a new cluster; not called when there is one
   */
  constructor(options: DatabaseOptions, newIdentity: () => ClusterIdentity) {
    this.#database = openDatabase(options);
    this.identity = loadIdentity(this.#database) ?? createIdentity(this.#database, newIdentity());
    this.#statements = prepare(this.#database);
    this.#persistAll = this.#database.transaction((changes: readonly Change[]) => {
      for (const change of changes) this.#write(change);
    });
  }

  /** Every fact on disk, in an order in which they can be applied. */
  facts(): readonly Change[] {
    const all = <Row>(sql: string): Row[] => this.#database.prepare<[], Row>(sql).all();
    const nodes = all<NodeRow>("SELECT * FROM nodes");
    const generations = all<GenerationRow>("SELECT * FROM generations ORDER BY shard_id, generation");
    return [
      ...nodes.map((row): Change => ({ kind: "node_registered", node: nodeOfRow(row) })),
      ...generations.flatMap(factsOfGeneration),
      ...all<IssuerRow>("SELECT * FROM issuers ORDER BY issuer_id").flatMap(factsOfIssuer),
      ...all<OperationRow>(NEWEST_OPERATIONS).map(
        (row): Change => ({ kind: "operation_changed", operation: operationOfRow(row) }),
      ),
    ];
  }

  /** Writes the changes in one transaction and syncs it; all of them or none. */
  persist(changes: readonly Change[]): void {
    this.#persistAll(changes);
  }

  /** Lets go of the directory. */
  close(): void {
    this.#database.close();
  }

  #write(change: Change): void {
    switch (change.kind) {
      case "node_registered":
        this.#statements.upsertNode.run(rowOfNode(change.node));
        return;
      case "configuration_published":
        this.#statements.insertGeneration.run(rowOfGeneration(change.config, change.publishTimeMs));
        return;
      case "generation_established":
        assertOneRow(this.#statements.establish.run(change));
        return;
      case "issuer_placed":
        this.#statements.insertIssuer.run(change);
        return;
      case "issuer_recorded":
        assertOneRow(this.#statements.recordIssuer.run(change));
        return;
      case "operation_changed":
        this.#statements.upsertOperation.run(rowOfOperation(change.operation));
        return;
    }
  }
}

/** Every open operation and the newest closed ones, oldest first. */
const NEWEST_OPERATIONS = `SELECT * FROM (
  SELECT * FROM operations ORDER BY close_time_ms IS NOT NULL, rowid DESC LIMIT ${CLOSED_OPERATIONS_MAX}
) ORDER BY open_time_ms, operation_id`;

type Statements = ReturnType<typeof prepare>;

function prepare(database: Database.Database) {
  return {
    upsertNode: database.prepare(
      `INSERT INTO nodes VALUES (@node_id, @region, @zone, @address, @address_by_region, @boot_id)
       ON CONFLICT DO UPDATE SET region = excluded.region, zone = excluded.zone, address = excluded.address,
         address_by_region = excluded.address_by_region, boot_id = excluded.boot_id`,
    ),
    insertGeneration: database.prepare(
      `INSERT INTO generations VALUES (@shard_id, @generation, @incarnation, @home_region, @leader, @ack_set,
         @remote, @replicas, @start_lsn, @change_kind, @operation_id, @publish_time_ms, @establish_time_ms)`,
    ),
    establish: database.prepare(
      `UPDATE generations SET establish_time_ms = @establishTimeMs
       WHERE shard_id = @shardId AND generation = @generation AND establish_time_ms IS NULL`,
    ),
    insertIssuer: database.prepare(
      "INSERT INTO issuers VALUES (@issuerId, @shardId, @homeRegion, @currency, 0)",
    ),
    recordIssuer: database.prepare(
      "UPDATE issuers SET recorded = 1, currency = @currency WHERE issuer_id = @issuerId",
    ),
    upsertOperation: database.prepare(
      `INSERT INTO operations VALUES (@operation_id, @shard_id, @open_time_ms, @close_time_ms, @state)
       ON CONFLICT (operation_id) DO UPDATE SET close_time_ms = excluded.close_time_ms, state = excluded.state`,
    ),
  };
}

function assertOneRow({ changes }: Database.RunResult): void {
  assert(changes === 1, "a fact about something on disk finds it there");
}

function loadIdentity(database: Database.Database): ClusterIdentity | undefined {
  const sql = "SELECT cluster_id AS clusterId, session_key AS sessionKey FROM cluster";
  return database.prepare<[], ClusterIdentity>(sql).get();
}

function createIdentity(database: Database.Database, identity: ClusterIdentity): ClusterIdentity {
  assert(identity.sessionKey.length === SESSION_KEY_BYTES, "a session key has 32 bytes");
  database
    .prepare("INSERT INTO cluster VALUES (1, ?, ?)")
    .run(identity.clusterId, Buffer.from(identity.sessionKey));
  return identity;
}
