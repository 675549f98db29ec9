import t from "tap";
import { FileWindow } from "../../../node/wal/file-window.ts";
import { SimDisk } from "../../support/sim-disk.ts";

const MIB = 1024 * 1024;

/** A file whose byte at each offset is a function of it. */
function patterned(sizeBytes: number) {
  const disk = new SimDisk();
  const file = disk.createFile("/file");
  file.write([Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 7 + (i >> 9)) & 0xff)], 0);
  const reads: string[] = [];
  disk.beforeCall = (call) => reads.push(call);
  return { window: new FileWindow(file), reads, byteAt: (i: number) => (i * 7 + (i >> 9)) & 0xff };
}

t.test("bytes are those of the file, in few reads", async (t) => {
  const { window, reads, byteAt } = patterned(3 * MIB);
  for (let at = 0; at < 3 * MIB - 1000; at += 999) {
    const bytes = window.at(at, 1000);
    if (bytes.byteLength !== 1000 || bytes[0] !== byteAt(at) || bytes[999] !== byteAt(at + 999))
      t.fail(String(at));
  }
  t.equal(reads.length, 4);
});

t.test("more than a window is read at once when it is asked for", async (t) => {
  const { window, byteAt } = patterned(3 * MIB);
  const bytes = window.at(100, 2 * MIB);
  t.equal(bytes.byteLength, 2 * MIB);
  t.equal(bytes[2 * MIB - 1], byteAt(2 * MIB + 99));
});

t.test("the end of the file is the end", async (t) => {
  const { window, byteAt } = patterned(5000);
  t.equal(window.at(4900, 1000).byteLength, 100);
  t.equal(window.at(4999, 1)[0], byteAt(4999));
  t.equal(window.at(5000, 10).byteLength, 0);
  t.equal(window.at(6000, 10).byteLength, 0);
});
