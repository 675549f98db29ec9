import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { WanLink } from "../../../cli/wan/wan-link.ts";
import { systemClock } from "../../../common/clock.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

/** A server that sends everything back, behind a link. */
async function echoBehindLink(t: Test, delayMs: number): Promise<WanLink> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await listen(server);
  const port = (server.address() as { port: number }).port;
  const shape = { delayMs, bandwidthBytesPerSecond: UNLIMITED };
  const link = await WanLink.open({ listen: "127.0.0.1:0", target: `127.0.0.1:${port}` }, shape, systemClock);
  t.teardown(async () => {
    await link.close();
    server.close();
  });
  return link;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}

function dial(t: Test, link: WanLink): Socket {
  const socket = connect(Number(link.address.split(":")[1]), "127.0.0.1");
  socket.on("error", () => {});
  t.teardown(() => socket.destroy());
  return socket;
}

/** Resolves when so many bytes have come, with the time it took. */
function received(socket: Socket, bytesWanted: number): Promise<number> {
  const startMs = performance.now();
  let bytes = 0;
  return new Promise((resolve, reject) => {
    socket.on("close", () => reject(new Error(`closed after ${bytes} bytes`)));
    socket.on("data", (piece) => {
      bytes += piece.length;
      if (bytes >= bytesWanted) resolve(performance.now() - startMs);
    });
  });
}

t.test("a round trip takes twice the one-way delay", async (t) => {
  const socket = dial(t, await echoBehindLink(t, 45));
  socket.write("ping");
  const roundTripMs = await received(socket, 4);
  t.ok(roundTripMs >= 90, `${roundTripMs} ms`);
});

t.test("throughput does not collapse at 90 ms round trip", async (t) => {
  const socket = dial(t, await echoBehindLink(t, 45));
  const bytes = 32 << 20;
  socket.write(new Uint8Array(bytes));
  const ms = await received(socket, bytes);
  const megabytesPerSecond = bytes / 1000 / ms;
  t.comment(`${megabytesPerSecond.toFixed(0)} MB/s`);
  t.ok(megabytesPerSecond > 5, `${megabytesPerSecond} MB/s`);
});

t.test("the end of a stream passes after its bytes", async (t) => {
  const socket = dial(t, await echoBehindLink(t, 20));
  socket.end("last words");
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  t.equal(Buffer.concat(pieces).toString(), "last words");
});

t.test("a stalled direction holds bytes back, and they go on after it heals", async (t) => {
  const link = await echoBehindLink(t, 1);
  const socket = dial(t, link);
  link.stall("backward");
  socket.write("held");
  const arrival = received(socket, 4);
  const early = await Promise.race([arrival, sleep(100, "nothing")]);
  t.equal(early, "nothing");
  link.heal();
  await arrival;
});

t.test("a cut loses bytes silently; the connection is reset when it heals", async (t) => {
  const link = await echoBehindLink(t, 1);
  const socket = dial(t, link);
  socket.write("warm");
  await received(socket, 4);
  link.cut("forward");
  socket.write("lost");
  const closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
  t.equal(await Promise.race([closed, sleep(100, "silent")]), "silent");
  link.heal();
  t.equal(await closed, "closed");
  const again = dial(t, link);
  again.write("back");
  await received(again, 4);
});

t.test("a reset ends every connection at once", async (t) => {
  const link = await echoBehindLink(t, 1);
  const socket = dial(t, link);
  socket.write("warm");
  await received(socket, 4);
  const closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
  link.reset();
  t.equal(await closed, "closed");
});

t.test("bandwidth limits the rate", async (t) => {
  const link = await echoBehindLink(t, 1);
  link.reshape({ delayMs: 1, bandwidthBytesPerSecond: 1 << 20 });
  const socket = dial(t, link);
  socket.write(new Uint8Array(256 << 10));
  const ms = await received(socket, 256 << 10);
  t.ok(ms >= 200, `${ms} ms`);
});

t.test("a target that refuses ends the connection", async (t) => {
  const shape = { delayMs: 1, bandwidthBytesPerSecond: UNLIMITED };
  const link = await WanLink.open({ listen: "127.0.0.1:0", target: "127.0.0.1:1" }, shape, systemClock);
  t.teardown(() => link.close());
  const socket = dial(t, link);
  await new Promise((resolve) => socket.once("close", resolve));
  t.pass("closed");
});
