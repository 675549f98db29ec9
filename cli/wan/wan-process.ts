import type { Clock } from "../../common/clock.ts";
import { unreachable } from "../../common/assert.ts";
import type { LinkShape } from "./delay-line.ts";
import { type LinkEnds, WanLink } from "./wan-link.ts";
import { type WanOrder, wanOrder } from "./wan-control.ts";

/** All WAN links of a local cluster, in one process of their own so that nothing else delays them. */
export class WanProcess {
  readonly #links: ReadonlyMap<string, WanLink>;

  constructor(links: ReadonlyMap<string, WanLink>) {
    this.#links = links;
  }

  static async open(
    links: Readonly<Record<string, LinkEnds>>,
    delayMs: number,
    clock: Clock,
  ): Promise<WanProcess> {
    const shape: LinkShape = { delayMs, bandwidthBytesPerSecond: Number.POSITIVE_INFINITY };
    const entries = Object.entries(links).map(
      async ([name, ends]) => [name, await WanLink.open(ends, shape, clock)] as const,
    );
    return new WanProcess(new Map(await Promise.all(entries)));
  }

  /** Carries out an order; an unknown one or an unknown link is an error. */
  obey(message: unknown): void {
    const order = wanOrder.parse(message);
    const link = this.#links.get(order.link);
    if (link === undefined) throw new Error(`no link ${order.link}`);
    carryOut(link, order);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }
}

function carryOut(link: WanLink, order: WanOrder): void {
  switch (order.type) {
    case "cut":
      return link.cut(order.way);
    case "stall":
      return link.stall(order.way);
    case "heal":
      return link.heal();
    case "reset":
      return link.reset();
    case "reshape": {
      const bandwidthBytesPerSecond = order.bandwidthBytesPerSecond ?? Number.POSITIVE_INFINITY;
      return link.reshape({ delayMs: order.delayMs, bandwidthBytesPerSecond });
    }
    default:
      return unreachable(order);
  }
}
