import { createServer, connect, type Server, type Socket } from "node:net";
import type { Clock } from "../../common/clock.ts";
import type { LinkShape } from "./delay-line.ts";
import { type Direction, WanPipe } from "./wan-pipe.ts";

/** Which way bytes go: forward is from the dialling side to the target. */
export type Way = "forward" | "backward" | "both";

/** Where a link listens and whom it reaches, as "host:port". */
export interface LinkEnds {
  readonly listen: string;
  readonly target: string;
}

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  readonly pipes: readonly [WanPipe, WanPipe];
}

/**
 * A stretch of WAN between two sites: a TCP forwarder with a one-way delay that can be cut,
 * stalled, narrowed and reset. Whoever dials the listening address reaches the target.
 */
export class WanLink {
  readonly #target: string;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #forward: Direction;
  readonly #backward: Direction;
  readonly #connections = new Set<Connection>();

  constructor(target: string, shape: LinkShape, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.#forward = { shape, state: "open" };
    this.#backward = { shape, state: "open" };
    // Half-open sockets: each direction ends by itself, after its delay.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
  }

  /** Starts a link. @returns it beside the address it listens on */
  static async open(ends: LinkEnds, shape: LinkShape, clock: Clock): Promise<WanLink> {
    const link = new WanLink(ends.target, shape, clock);
    const { host, port } = hostAndPort(ends.listen);
    await new Promise<void>((resolve, reject) => {
      link.#server.once("error", reject);
      link.#server.listen(port, host, resolve);
    });
    return link;
  }

  /** "host:port" it listens on. */
  get address(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `${address.address}:${address.port}` : "";
  }

  /** Gives bytes that enter from now on another delay or bandwidth, both ways. */
  reshape(shape: LinkShape): void {
    this.#forward.shape = shape;
    this.#backward.shape = shape;
  }

  /** Loses everything that goes that way; who waits hears nothing, as in a network partition. */
  cut(way: Way): void {
    for (const direction of this.#ways(way)) direction.state = "cut";
  }

  /** Holds everything that goes that way back until {@link heal}. */
  stall(way: Way): void {
    for (const direction of this.#ways(way)) direction.state = "stalled";
  }

  /** Opens both ways again. Held bytes go on; connections that lost bytes are reset. */
  heal(): void {
    for (const direction of this.#ways("both")) direction.state = "open";
    for (const connection of this.#connections) {
      if (connection.pipes.some((pipe) => pipe.lost)) drop(connection);
      else for (const pipe of connection.pipes) pipe.resume();
    }
  }

  /** Resets every connection. */
  reset(): void {
    for (const connection of this.#connections) drop(connection);
  }

  /** Stops listening and resets every connection. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.reset();
    await closed;
  }

  #ways(way: Way): Direction[] {
    if (way === "both") return [this.#forward, this.#backward];
    return [way === "forward" ? this.#forward : this.#backward];
  }

  #accept(near: Socket): void {
    const { host, port } = hostAndPort(this.#target);
    const far = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const pipes = [
      new WanPipe(near, far, this.#forward, this.#clock),
      new WanPipe(far, near, this.#backward, this.#clock),
    ] as const;
    const connection = { near, far, pipes };
    this.#connections.add(connection);
    for (const socket of [near, far]) {
      socket.on("error", () => drop(connection));
      socket.on("close", (hadError) => this.#closed(connection, hadError));
    }
  }

  #closed(connection: Connection, hadError: boolean): void {
    if (hadError || (connection.near.destroyed && connection.far.destroyed)) {
      this.#connections.delete(connection);
      for (const pipe of connection.pipes) pipe.stop();
      drop(connection);
    }
  }
}

function drop({ near, far }: Connection): void {
  for (const socket of [near, far]) if (!socket.destroyed) socket.resetAndDestroy();
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
