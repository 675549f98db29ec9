import { Backoff } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { Random } from "../../common/random.ts";
import { RpcChannel } from "../../common/rpc/channel.ts";
import type { MapListener, ShardDirectory } from "../directory/shard-directory.ts";
import type { NodePlacement } from "../placement/shard-map.ts";
import { type LinkLimits, type LinkListener, NodeLink } from "./node-link.ts";

/** Bounds of the pauses between attempts to reach a node, in milliseconds. */
const RECONNECT_PAUSE = { minMs: 50, maxMs: 2_000 };

/** What the links are made of. */
export type NodeLinksParts = {
  readonly directory: ShardDirectory;
  readonly region: string;
  readonly limits: LinkLimits;
  /** Links to each node of another region: over a WAN one connection carries only its window per round trip. */
  readonly linksAbroad: number;
  readonly listener: LinkListener;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/**
 * The links to all nodes of the shard map, made when first asked for. All batches of one shard use
 * one link, which keeps their order. A node that moved gets new links.
 */
export class NodeLinks implements MapListener {
  readonly #parts: NodeLinksParts;
  readonly #links = new Map<string, NodeLink[]>();

  constructor(parts: NodeLinksParts) {
    this.#parts = parts;
  }

  /** The link of a shard to a node; undefined when the shard map does not know the node. */
  of(nodeId: string, shardId: number): NodeLink | undefined {
    const links = this.#links.get(nodeId) ?? this.#make(nodeId);
    return links?.[shardId % links.length];
  }

  /** A connection to a node for single calls; undefined when the shard map does not know the node. */
  channel(nodeId: string): RpcChannel | undefined {
    return this.of(nodeId, 0)?.channel;
  }

  /** Rows sent to any node and not answered. */
  openRows(): number {
    let rows = 0;
    for (const links of this.#links.values()) for (const link of links) rows += link.openRows;
    return rows;
  }

  /** Called every few milliseconds. */
  tick(nowMs: number): void {
    for (const links of this.#links.values()) for (const link of links) link.tick(nowMs);
  }

  /** Replaces the links to a node whose address changed. */
  nodePlaced(node: NodePlacement): void {
    const links = this.#links.get(node.nodeId);
    if (links === undefined) return;
    this.#links.delete(node.nodeId);
    for (const link of links) {
      link.close();
      this.#parts.listener.linkLost(link);
    }
  }

  close(): void {
    for (const links of this.#links.values()) for (const link of links) link.close();
  }

  #make(nodeId: string): NodeLink[] | undefined {
    const node = this.#parts.directory.node(nodeId);
    if (node === undefined) return undefined;
    const count = node.region === this.#parts.region ? 1 : this.#parts.linksAbroad;
    const links = Array.from({ length: count }, (_, slot) => this.#link(node, slot));
    this.#links.set(nodeId, links);
    return links;
  }

  #link({ nodeId, address }: NodePlacement, slot: number): NodeLink {
    const { region, limits, listener, clock, random, log } = this.#parts;
    const channel = new RpcChannel(address, { unreachableReason: "LEADER_UNREACHABLE" }, clock);
    const backoff = new Backoff(RECONNECT_PAUSE, random);
    return new NodeLink({ nodeId, slot, channel, region, limits, listener, clock, backoff, log });
  }
}
