import type { World } from "./world.ts";

/** One end of a connection. */
export type ConnectionEnd = {
  /** A message from the other end, in the order sent. */
  onMessage(message: unknown): void;
  /** The connection is gone; nothing follows. */
  onClosed(): void;
};

export type Connection = {
  send(message: unknown): void;
  close(): void;
};

/** Accepts a connection at a node; undefined refuses it. */
export type Acceptor = (from: string, connection: Connection) => ConnectionEnd | undefined;

/** One-way delay bounds between two places, milliseconds. */
export type LinkDelay = { readonly minMs: number; readonly maxMs: number };

type Side = { readonly name: string; end: ConnectionEnd | undefined; nextArrivalMs: number };

/**
 * Connections as TCP gives them: in order within one, broken as a whole. Messages of a cut
 * direction are held until the cut heals or the connection breaks; a broken connection loses
 * what is under way.
 */
export class SimNetwork {
  readonly #world: World;
  readonly #delayOf: (from: string, to: string) => LinkDelay;
  readonly #acceptors = new Map<string, Acceptor>();
  readonly #connections = new Set<SimConnection>();
  /** Directions "from>to" that carry nothing. */
  readonly #cuts = new Set<string>();

  constructor(world: World, delayOf: (from: string, to: string) => LinkDelay) {
    this.#world = world;
    this.#delayOf = delayOf;
  }

  listen(name: string, acceptor: Acceptor): void {
    this.#acceptors.set(name, acceptor);
  }

  /** The process behind a name is gone: nobody accepts, and its connections break. */
  crash(name: string): void {
    this.#acceptors.delete(name);
    for (const connection of this.#connections) if (connection.touches(name)) connection.break(name);
  }

  /** Opens a connection; `onOpen` gets it, or undefined when it was refused or a direction is cut. */
  connect(
    from: string,
    to: string,
    end: ConnectionEnd,
    onOpen: (connection: Connection | undefined) => void,
  ): void {
    this.#world.after(this.#latency(from, to), () => {
      const acceptor = this.#acceptors.get(to);
      if (acceptor === undefined || this.isCut(from, to) || this.isCut(to, from)) return onOpen(undefined);
      const connection = new SimConnection(this, this.#world, from, to);
      const accepted = acceptor(from, connection.handleOf(to));
      if (accepted === undefined) return onOpen(undefined);
      connection.join(end, accepted);
      this.#connections.add(connection);
      onOpen(connection.handleOf(from));
    });
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }
  heal(): void {
    this.#cuts.clear();
  }
  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  /** Breaks every connection between two names. */
  reset(a: string, b: string): void {
    for (const connection of this.#connections) {
      if (connection.touches(a) && connection.touches(b)) connection.break(a);
    }
  }

  latency(from: string, to: string): number {
    return this.#latency(from, to);
  }
  forget(connection: SimConnection): void {
    this.#connections.delete(connection);
  }

  #latency(from: string, to: string): number {
    const { minMs, maxMs } = this.#delayOf(from, to);
    return this.#world.delay(minMs, maxMs);
  }
}

/** How often a held message looks whether its direction is open again. */
const HELD_RETRY_MS = 20;

class SimConnection {
  readonly #network: SimNetwork;
  readonly #world: World;
  readonly #sides: readonly [Side, Side];
  #isOpen = true;

  constructor(network: SimNetwork, world: World, from: string, to: string) {
    this.#network = network;
    this.#world = world;
    this.#sides = [
      { name: from, end: undefined, nextArrivalMs: 0 },
      { name: to, end: undefined, nextArrivalMs: 0 },
    ];
  }

  join(dialler: ConnectionEnd, acceptor: ConnectionEnd): void {
    this.#sides[0].end = dialler;
    this.#sides[1].end = acceptor;
  }

  touches(name: string): boolean {
    return this.#sides.some((side) => side.name === name);
  }

  handleOf(name: string): Connection {
    const own = this.#sides[0].name === name ? this.#sides[0] : this.#sides[1];
    const other = own === this.#sides[0] ? this.#sides[1] : this.#sides[0];
    return {
      send: (message) => {
        if (!this.#isOpen) return;
        const arrivalMs = this.#world.nowMs + this.#network.latency(own.name, other.name);
        other.nextArrivalMs = Math.max(other.nextArrivalMs, arrivalMs);
        this.#world.after(other.nextArrivalMs - this.#world.nowMs, () => this.#deliver(own, other, message));
      },
      close: () => this.break(name),
    };
  }

  /** Ends the connection; both ends hear of it, the far one after a while. */
  break(by: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#network.forget(this);
    for (const side of this.#sides) {
      const delayMs = side.name === by ? 0 : this.#network.latency(by, side.name);
      this.#world.after(delayMs, () => side.end?.onClosed());
    }
  }

  #deliver(own: Side, other: Side, message: unknown): void {
    if (!this.#isOpen) return;
    if (this.#network.isCut(own.name, other.name)) {
      other.nextArrivalMs = this.#world.nowMs + HELD_RETRY_MS;
      this.#world.after(HELD_RETRY_MS, () => this.#deliver(own, other, message));
      return;
    }
    other.end?.onMessage(message);
  }
}
