import { createServer, type Server } from "node:net";
import type { Random } from "../../common/random.ts";

/** Below the range from which the operating system picks ports for outgoing connections. */
const PORT_MIN = 15_000;
const PORT_MAX = 31_999;
const TRIES_MAX = 2_000;

/**
 * Finds loopback ports that nobody listens on. A process that is killed and restarted needs its old
 * port again, so they come from a range no outgoing connection takes one from meanwhile.
 */
export async function freePorts(count: number, random: Random): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count; tries++) {
      if (tries >= TRIES_MAX) throw new Error(`no ${count} free ports between ${PORT_MIN} and ${PORT_MAX}`);
      const port = random.integer(PORT_MIN, PORT_MAX);
      const server = await tryListen(port);
      if (server === undefined) continue;
      held.push(server);
      ports.push(port);
    }
  } finally {
    await Promise.all(held.map(close));
  }
  return ports;
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
