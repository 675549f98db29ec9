import { assert } from "../../common/assert.ts";
import { bytesEqual } from "../shard/checksums.ts";
import { CheckedTable } from "./checked-table.ts";
import { type Database, explained, openDatabase } from "./database.ts";
import { StorageError } from "./storage-error.ts";

const SCHEMA_VERSION = 1;
const CACHE_KIB = 256;
const AUTOCHECKPOINT_PAGES = 64;

const SCHEMA = `
  CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    cluster_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE shard (
    shard_id INTEGER PRIMARY KEY,
    incarnation BLOB NOT NULL,
    promised_generation INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
`;

/** Whose data directory it is. */
export type NodeIdentity = { readonly clusterId: string; readonly nodeId: string };

/** What a node must remember of a shard before it answers anybody about it. */
export type ShardRecord = {
  readonly shardId: number;
  /** UUID of the shard's life, 16 bytes; undefined while the node only promised. */
  readonly incarnation: Uint8Array | undefined;
  /** Lowest generation the node may still take part in; 0 before the first promise. */
  readonly promisedGeneration: number;
};

/**
 * What this node has bound itself to, on stable storage before any answer that depends on it.
 *
 * Invariants: identity and incarnations are written once; promises never decrease.
 */
export class NodeStore {
  readonly #path: string;
  readonly #database: Database;
  readonly #identity: CheckedTable<[number, string, string]>;
  readonly #shards: CheckedTable<[number, Uint8Array, number]>;
  readonly #records = new Map<number, ShardRecord>();

  /**
   * Opens the store at a path, or creates it in an existing directory. While it is open no other
   * process can use the data directory.
   * @throws StorageError locked, damaged or newer-schema
   */
  constructor(path: string) {
    this.#path = path;
    this.#database = openDatabase(path, {
      durability: "FULL",
      cacheKib: CACHE_KIB,
      autocheckpointPages: AUTOCHECKPOINT_PAGES,
      schema: SCHEMA,
      schemaVersion: SCHEMA_VERSION,
    });
    try {
      this.#identity = explained(path, () => new CheckedTable(this.#database, "identity", 3));
      this.#shards = explained(path, () => new CheckedTable(this.#database, "shard", 3));
      explained(path, () => this.#load());
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Whose directory it is; undefined before {@link claim}. */
  identity(): NodeIdentity | undefined {
    const row = explained(this.#path, () => this.#identity.row());
    return row === undefined ? undefined : { clusterId: row[1], nodeId: row[2] };
  }

  /**
   * Binds the directory to a cluster and a node for good; repeating it changes nothing.
   * @throws StorageError foreign when it is bound to others
   */
  claim({ clusterId, nodeId }: NodeIdentity): void {
    const found = this.identity();
    if (found === undefined) {
      this.#identity.put([1, clusterId, nodeId]);
      return;
    }
    if (found.clusterId === clusterId && found.nodeId === nodeId) return;
    const owner = `node ${found.nodeId} of cluster ${found.clusterId}`;
    throw new StorageError("foreign", `${this.#path} belongs to ${owner}, not to ${nodeId} of ${clusterId}`);
  }

  /** Every shard the node knows, by ascending id. */
  shards(): ShardRecord[] {
    return [...this.#records.values()].sort((a, b) => a.shardId - b.shardId);
  }

  /**
   * Records that the node holds this life of a shard; repeating it changes nothing.
   * @throws StorageError foreign when it holds another life
   */
  recordIncarnation(shardId: number, incarnation: Uint8Array): void {
    assert(incarnation.byteLength === INCARNATION_BYTES, "an incarnation has 16 bytes");
    const found = this.#record(shardId);
    if (found.incarnation === undefined) {
      this.#put({ ...found, incarnation });
      return;
    }
    if (bytesEqual(found.incarnation, incarnation)) return;
    throw new StorageError("foreign", `${this.#path}: shard ${shardId} is here in another incarnation`);
  }

  /** Makes a promise durable before it returns; repeating one changes nothing. */
  persistPromise(shardId: number, generation: number): void {
    const found = this.#record(shardId);
    assert(generation >= found.promisedGeneration, "a promise never decreases");
    if (generation > found.promisedGeneration) this.#put({ ...found, promisedGeneration: generation });
  }

  close(): void {
    this.#database.close();
  }

  #record(shardId: number): ShardRecord {
    return this.#records.get(shardId) ?? { shardId, incarnation: undefined, promisedGeneration: 0 };
  }

  #put(record: ShardRecord): void {
    this.#shards.put([record.shardId, record.incarnation ?? UNKNOWN, record.promisedGeneration]);
    this.#records.set(record.shardId, record);
  }

  #load(): void {
    for (const [shardId, bytes, promisedGeneration] of this.#shards.rows("shard_id")) {
      const incarnation = bytes.byteLength === 0 ? undefined : bytes;
      this.#records.set(shardId, { shardId, incarnation, promisedGeneration });
    }
  }
}

const INCARNATION_BYTES = 16;
/** Stands for an incarnation the node does not know yet. */
const UNKNOWN = new Uint8Array(0);
