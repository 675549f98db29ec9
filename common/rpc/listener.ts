import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Connections of one gRPC listener: clients and peers, each with one or a few. */
const CONNECTIONS_MAX = 4096;

/**
 * Listens for TCP connections and hands them over. The gRPC library would listen by itself, but then
 * neither bounds the connections nor cuts the last ones off when a stop has waited long enough.
 */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param accept takes over a new connection */
  constructor(accept: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      accept(socket);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Listens on host:port (port 0: any free one). @returns the port */
  start(address: string): Promise<number> {
    const { hostname, port } = new URL(`tcp://${address}`);
    // A URL spells an IPv6 address in brackets.
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => reject(new Error(`cannot listen on ${address}`, { cause }));
      this.#server.once("error", fail);
      this.#server.listen(Number(port), host, () => {
        this.#server.off("error", fail);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more connections; resolves when those that stand have ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Cuts off every connection. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
