import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/**
 * A TCP front of a server that accepts connections and says nothing while it is silent, as the
 * kernel does for a stopped process. Connections made while it speaks are passed through.
 */
export class SilentPeer {
  silent: boolean;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(targetPort: number, silent: boolean) {
    this.silent = silent;
    this.#targetPort = targetPort;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @returns host:port */
  start(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  /** Stops passing bytes on the connections that are open, without closing them. */
  freeze(): void {
    this.silent = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#keep(socket);
    if (this.silent) {
      socket.pause();
      return;
    }
    const target = connect(this.#targetPort, "127.0.0.1");
    this.#keep(target);
    socket.pipe(target).pipe(socket);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
