import { connect, type Socket } from "node:net";
import { once } from "node:events";
import t from "tap";
import { Listener } from "../../../common/rpc/listener.ts";

t.test("connections are handed over, awaited and cut off", async (t) => {
  const accepted: Socket[] = [];
  const bothAccepted = Promise.withResolvers<void>();
  const listener = new Listener((socket) => {
    if (accepted.push(socket.resume()) === 2) bothAccepted.resolve();
  });
  const port = await listener.start("127.0.0.1:0");
  const [polite, stubborn] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  stubborn.on("error", () => undefined); // a reset is how being cut off looks
  await bothAccepted.promise;
  let closed = false;
  const closing = listener.close().then(() => {
    closed = true;
  });
  polite.end();
  await once(polite, "close");
  t.equal(closed, false, "one connection still stands");
  listener.destroyConnections();
  await closing;
  t.equal(accepted.length, 2);
  const [refused] = await once(connect(port, "127.0.0.1"), "error");
  t.match(refused, { code: "ECONNREFUSED" });
});

t.test("IPv6 addresses are given in brackets", async (t) => {
  const listener = new Listener((socket) => void socket.destroy());
  const port = await listener.start("[::1]:0").catch(() => undefined);
  if (port === undefined) {
    t.pass("this machine has no IPv6");
    return;
  }
  const socket = connect(port, "::1");
  await once(socket, "connect");
  socket.destroy();
  await listener.close();
});

t.test("what never started can be closed", async () => {
  await new Listener(() => undefined).close();
});
