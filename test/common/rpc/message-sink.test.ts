import { Writable } from "node:stream";
import t from "tap";
import { MessageWriter } from "../../../common/rpc/message-sink.ts";

const codec = {
  encode: (length: number) => new Uint8Array(length),
  decode: (bytes: Uint8Array) => bytes.length,
};

/** A stream whose writes are confirmed one by one, by the test. */
function slowStream() {
  const confirmations: (() => void)[] = [];
  const stream = new Writable({
    objectMode: true,
    write: (_chunk, _encoding, callback) => void confirmations.push(callback),
  });
  const confirm = async () => {
    confirmations.shift()?.();
    await new Promise(setImmediate);
  };
  return { stream, confirm };
}

t.test("bytes are counted from the write to its confirmation", async (t) => {
  const { stream, confirm } = slowStream();
  const writer = new MessageWriter(stream, codec, { pauseAboveBytes: 100, failAboveBytes: 1000 }, () =>
    t.fail(),
  );
  t.equal(writer.write(60), true);
  t.equal(writer.write(40), true);
  t.equal(writer.write(1), false);
  t.equal(writer.outstandingBytes, 101);
  await confirm();
  t.equal(writer.outstandingBytes, 41);
  await confirm();
  await confirm();
  t.equal(writer.outstandingBytes, 0);
});

t.test("whoever waits goes on below the mark", async (t) => {
  const { stream, confirm } = slowStream();
  const writer = new MessageWriter(stream, codec, { pauseAboveBytes: 100, failAboveBytes: 1000 }, () =>
    t.fail(),
  );
  await writer.drained();
  writer.write(80);
  writer.write(80);
  writer.write(80);
  let drained = false;
  const waiting = Promise.all([writer.drained(), writer.drained()]).then(() => {
    drained = true;
  });
  await confirm();
  t.equal(drained, false, "160 bytes still wait");
  await confirm();
  await waiting;
  t.equal(drained, true);
});

t.test("a closed sink drops writes and lets waiters go", async (t) => {
  const { stream } = slowStream();
  const writer = new MessageWriter(stream, codec, { pauseAboveBytes: 10, failAboveBytes: 1000 }, () =>
    t.fail(),
  );
  writer.write(20);
  const waiting = writer.drained();
  writer.close();
  await waiting;
  await writer.drained();
  t.equal(writer.closed, true);
  t.equal(writer.write(5), false);
  t.equal(writer.outstandingBytes, 20);
});

t.test("a producer that never pauses is reported", async (t) => {
  const { stream } = slowStream();
  let overflows = 0;
  const limits = { pauseAboveBytes: 10, failAboveBytes: 100 };
  const writer = new MessageWriter(stream, codec, limits, () => {
    overflows += 1;
  });
  writer.write(100);
  t.equal(overflows, 0);
  writer.write(1);
  t.equal(overflows, 1);
});
