import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import type { MapListener } from "../directory/shard-directory.ts";
import type { LaneCommand, LaneEvent, Reply, Send } from "../placement/attempt/lane-events.ts";
import { ShardLane } from "../placement/attempt/shard-lane.ts";
import type { ShardPlacement } from "../placement/shard-map.ts";
import type { LinkListener, NodeLink } from "./node-link.ts";
import { NodeLinks, type NodeLinksParts } from "./node-links.ts";
import type { UpstreamMetrics } from "./upstream-metrics.ts";

/** Receives the answer to a submitted batch. Must not throw. */
export type LaneReplyReceiver = (reply: Reply) => void;

/** What the lanes are made of. */
export type ShardLanesParts = Omit<NodeLinksParts, "listener"> & {
  /** Most rows of one shard that wait to be sent. */
  readonly waitingRowsMax: number;
  /** Suggested wait before a retry, by ErrorReason number, in milliseconds. */
  readonly retryAfterMs: (reason: number) => number;
  /** Asks the metadata service for a newer shard map. */
  readonly refreshMap: () => void;
  readonly metrics: UpstreamMetrics;
};

/** One shard's lane with the callers that wait for it. */
type RunningLane = {
  readonly shardId: number;
  readonly lane: ShardLane;
  readonly receivers: Map<number, LaneReplyReceiver>;
};

/** Runs the lane of every shard: hands it events one at a time and does what it commands. */
export class ShardLanes implements LinkListener, MapListener {
  readonly links: NodeLinks;
  readonly #parts: ShardLanesParts;
  readonly #lanes = new Map<number, RunningLane>();
  /** Events that arose while another one was being worked off. */
  readonly #events: { readonly to: RunningLane; readonly event: LaneEvent }[] = [];
  #working = false;
  #lastTicket = 0;

  constructor(parts: ShardLanesParts) {
    this.#parts = parts;
    this.links = new NodeLinks({ ...parts, listener: this });
  }

  /** Sends a batch to its shard. @param onReply called exactly once, by about the deadline at the latest */
  submit(shardId: number, batch: MutationBatch, deadlineMs: number, onReply: LaneReplyReceiver): void {
    const to = this.#laneOf(shardId);
    const ticket = ++this.#lastTicket;
    to.receivers.set(ticket, onReply);
    this.#handle(to, { type: "submitted", nowMs: this.#now(), ticket, batch, deadlineMs });
  }

  /** Called every few milliseconds. */
  tick(nowMs: number): void {
    this.links.tick(nowMs);
    for (const to of this.#lanes.values()) if (!to.lane.idle) this.#handle(to, { type: "tick", nowMs });
  }

  shardPlaced({ shardId, generation, leader }: ShardPlacement): void {
    const to = this.#lanes.get(shardId);
    if (to) this.#handle(to, { type: "configured", nowMs: this.#now(), generation, leader });
  }

  linkLost(link: NodeLink): void {
    this.#parts.metrics.linksLost.inc();
    const { nodeId } = link;
    for (const to of this.#lanesOf(link))
      this.#handle(to, { type: "stream_lost", nowMs: this.#now(), nodeId });
  }

  linkChanged(link: NodeLink): void {
    for (const to of this.#lanesOf(link)) this.#handle(to, { type: "path_changed", nowMs: this.#now() });
  }

  #now(): number {
    return this.#parts.clock.monotonicMs();
  }

  /** Lanes with something open whose shards use a link. */
  *#lanesOf({ nodeId, slot }: NodeLink): IterableIterator<RunningLane> {
    for (const to of this.#lanes.values()) {
      if (!to.lane.idle && this.links.of(nodeId, to.shardId)?.slot === slot) yield to;
    }
  }

  #laneOf(shardId: number): RunningLane {
    const known = this.#lanes.get(shardId);
    if (known !== undefined) return known;
    const { waitingRowsMax, retryAfterMs } = this.#parts;
    const paths = {
      state: (nodeId: string, rowCount: number) => this.links.of(nodeId, shardId)?.state(rowCount) ?? "down",
    };
    const lane = new ShardLane({ shardId, paths, waitingRowsMax, retryAfterMs });
    const to = { shardId, lane, receivers: new Map<number, LaneReplyReceiver>() };
    this.#lanes.set(shardId, to);
    const shard = this.#parts.directory.shard(shardId);
    if (shard !== undefined) this.shardPlaced(shard);
    return to;
  }

  /** One event at a time: a command may cause another event, which must not overtake the commands left. */
  #handle(to: RunningLane, event: LaneEvent): void {
    this.#events.push({ to, event });
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const command of next.to.lane.step(next.event)) this.#execute(next.to, command);
    }
    this.#working = false;
  }

  #execute(to: RunningLane, command: LaneCommand): void {
    switch (command.type) {
      case "send":
        this.#send(to, command);
        break;
      case "reply":
        this.#reply(to, command);
        break;
      case "refresh":
        this.#parts.refreshMap();
        break;
    }
  }

  #send(to: RunningLane, { nodeId, sendId, generation, batch, timeoutMs, sends }: Send): void {
    const { metrics } = this.#parts;
    if (sends > 1) metrics.resends.inc();
    const sentMs = this.#now();
    const request = { shardId: to.shardId, generation, batch, timeoutMs };
    this.links.of(nodeId, to.shardId)?.send(request, (answer) => {
      const nowMs = this.#now();
      metrics.answered(nodeId, nowMs - sentMs);
      this.#handle(to, { type: "answered", nowMs, sendId, ...answer });
    });
  }

  #reply(to: RunningLane, reply: Reply): void {
    const receiver = to.receivers.get(reply.ticket);
    to.receivers.delete(reply.ticket);
    receiver?.(reply);
  }
}
