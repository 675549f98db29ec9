import { assert } from "../../common/assert.ts";
import type { ShardId } from "../../common/units.ts";
import type { Change, ConfigurationPublished } from "./changes.ts";
import { IssuerDirectory } from "./issuer-directory.ts";
import type { NodeRecord } from "./node-record.ts";
import { OperationJournal } from "./operations/operation-journal.ts";
import { ShardLineage } from "./shard-lineage.ts";

/** The durable part of the metadata: nodes, lineages, issuers, operations. Changes only by {@link apply}. */
export class MetadataState {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #shards = new Map<ShardId, ShardLineage>();
  readonly issuers = new IssuerDirectory();
  readonly operations = new OperationJournal();

  /** Every node that ever registered, by id. */
  get nodes(): ReadonlyMap<string, NodeRecord> {
    return this.#nodes;
  }

  /** Every shard; empty until the first generations are published together. */
  get shards(): ReadonlyMap<ShardId, ShardLineage> {
    return this.#shards;
  }

  /** Applies one fact. A fact that breaks an invariant is fatal: it was decided wrongly or damaged on disk. */
  apply(change: Change): void {
    switch (change.kind) {
      case "node_registered":
        this.#nodes.set(change.node.nodeId, change.node);
        return;
      case "configuration_published":
        this.#publish(change);
        return;
      case "generation_established":
        this.lineage(change.shardId).establish(change);
        return;
      case "issuer_placed":
        assert(
          this.#shards.has(change.shardId),
          `issuer ${change.issuerId} is placed on a shard that exists`,
        );
        this.issuers.place(change);
        return;
      case "issuer_recorded":
        this.issuers.record(change);
        return;
      case "operation_changed":
        this.operations.record(change.operation);
        return;
    }
  }

  /** A shard that is known to exist. */
  lineage(shardId: ShardId): ShardLineage {
    const lineage = this.#shards.get(shardId);
    assert(lineage !== undefined, `shard ${shardId} exists`);
    return lineage;
  }

  /** A node that is known to have registered, such as any node a configuration names. */
  node(nodeId: string): NodeRecord {
    const node = this.#nodes.get(nodeId);
    assert(node !== undefined, `node ${nodeId} is registered`);
    return node;
  }

  #publish(change: ConfigurationPublished): void {
    const { shardId } = change.config;
    const lineage = this.#shards.get(shardId) ?? new ShardLineage();
    lineage.publish(change);
    this.#shards.set(shardId, lineage);
  }
}
