import type { Clock } from "../../common/clock.ts";
import { RpcChannel } from "../../common/rpc/channel.ts";
import type { MetadataState } from "../model/metadata-state.ts";
import { addressFrom } from "../model/node-record.ts";

/** Connections to nodes: one for each node that was ever called, at the address it registered last. */
export class NodeChannels {
  readonly #state: MetadataState;
  readonly #site: string;
  readonly #clock: Clock;
  readonly #channels = new Map<string, RpcChannel>();

  /** @param site where this process stands; some nodes are reached by another address from there */
  constructor(state: MetadataState, site: string, clock: Clock) {
    this.#state = state;
    this.#site = site;
    this.#clock = clock;
  }

  /** The connection to a registered node. */
  to(nodeId: string): RpcChannel {
    const address = addressFrom(this.#state.node(nodeId), this.#site);
    const known = this.#channels.get(nodeId);
    if (known?.address === address) return known;
    known?.close();
    const channel = new RpcChannel(address, { unreachableReason: "LEADER_UNREACHABLE" }, this.#clock);
    this.#channels.set(nodeId, channel);
    return channel;
  }

  /** Closes every connection. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}
