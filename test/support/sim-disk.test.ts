import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { DiskError } from "../../node/wal/disk.ts";
import { diskContract } from "./disk-contract.ts";
import { SimDisk } from "./sim-disk.ts";

/** A disk with one synced file of 2000 ones. */
function syncedFile() {
  const disk = new SimDisk();
  const file = disk.createFile("/file");
  file.write([new Uint8Array(2000).fill(1)], 0);
  file.syncData();
  disk.syncDirectory("/");
  return { disk, file };
}

function contents(disk: SimDisk): Uint8Array {
  const file = disk.openFile("/file", "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  return bytes;
}

t.test("the simulated disk does what the real one does", async (t) => {
  const disk = new SimDisk();
  disk.createDirectory("/test");
  await diskContract(t, disk, "/test");
});

t.test("a crash forgets what was not synced, sector by sector", async (t) => {
  const { disk, file } = syncedFile();
  file.write([new Uint8Array(1000).fill(2)], 100);
  const pieces = disk.unsynced().map((change) => change.pieces);
  t.strictSame(pieces, [[412, 512, 76]]);
  const kept = (...lengths: number[]) => [...contents(disk.crashed((_, piece) => lengths[piece]))];
  const expected = (...ranges: [number, number][]) => {
    const bytes = new Uint8Array(2000).fill(1);
    for (const [from, to] of ranges) bytes.fill(2, from, to);
    return [...bytes];
  };
  t.strictSame(kept(0, 0, 0), expected());
  t.strictSame(kept(412, 0, 76), expected([100, 512], [1024, 1100]));
  t.strictSame(kept(0, 10, 0), expected([512, 522]));
  t.strictSame(kept(412, 512, 76), expected([100, 1100]));
  t.equal(contents(disk)[100], 2, "the disk itself has not crashed");
  file.syncData();
  t.strictSame(kept(0, 0, 0), expected([100, 1100]), "a synced write is there in any case");
});

t.test("a crash forgets names that were not synced", async (t) => {
  const { disk } = syncedFile();
  disk.rename("/file", "/moved");
  disk.createFile("/new");
  disk.remove("/moved");
  const survivors = (...ids: number[]) => {
    const changes = disk.unsynced().map(({ id }) => id);
    return disk.crashed(({ id }) => (ids.includes(changes.indexOf(id)) ? 1 : 0)).list("/");
  };
  t.strictSame(survivors(), ["file"]);
  t.strictSame(survivors(0), ["moved"]);
  t.strictSame(survivors(0, 1), ["moved", "new"]);
  t.strictSame(survivors(1, 2), ["file", "new"]);
  disk.syncDirectory("/");
  t.strictSame(survivors(), ["new"]);
});

t.test("a file in a directory that did not survive is gone", async (t) => {
  const disk = new SimDisk();
  disk.createDirectory("/a/b");
  disk.createFile("/a/b/file");
  disk.syncDirectory("/a/b");
  t.strictSame(disk.crashed(() => 0).list("/a/b"), []);
  disk.syncDirectory("/a");
  t.strictSame(disk.crashed(() => 0).list("/a/b"), ["file"]);
});

t.test("a crash ends the life of open files", async (t) => {
  const { disk, file } = syncedFile();
  disk.crash(seededRandom(1));
  t.throws(() => file.syncData(), new DiskError("sync", "/file", "EBADF"));
  t.equal(contents(disk).byteLength, 2000);
});

t.test("random crashes keep, lose and tear", async (t) => {
  const random = seededRandom(1);
  const outcomes = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const { disk, file } = syncedFile();
    file.write([new Uint8Array(512).fill(2)], 0);
    disk.crash(random);
    outcomes.add(contents(disk).filter((byte) => byte === 2).byteLength);
  }
  t.ok(outcomes.has(0) && outcomes.has(512) && outcomes.size > 10, [...outcomes].join(" "));
});

t.test("a failed sync drops what it should have written, and the file is lost", async (t) => {
  const { disk, file } = syncedFile();
  file.write([Uint8Array.of(2)], 0);
  disk.setFault({ atCall: 1, code: "EIO", isSticky: false });
  t.throws(() => file.syncData(), new DiskError("sync", "/file", "EIO"));
  t.throws(() => file.syncData(), new DiskError("sync", "/file", "EIO"), "a second one does not lie");
  t.throws(() => file.write([Uint8Array.of(2)], 0), new DiskError("sync", "/file", "EIO"));
  t.equal(contents(disk)[0], 2, "the page cache still shows it");
  const again = disk.openFile("/file", "write");
  again.syncData();
  t.equal(contents(disk.crashed(() => 0))[0], 1, "the disk never got it");
});

t.test("faults come once or stay", async (t) => {
  const { disk, file } = syncedFile();
  const write = () => file.write([Uint8Array.of(2)], 0);
  disk.setFault({ atCall: 2, code: "EIO", isSticky: false });
  t.doesNotThrow(write);
  t.throws(write, new DiskError("write", "/file", "EIO"));
  t.doesNotThrow(write);
  disk.setFault({ atCall: 1, code: "EIO", isSticky: true });
  t.throws(write);
  t.throws(write);
  disk.setFault(undefined);
  t.doesNotThrow(write);
});

t.test("a full disk refuses growth and nothing else", async (t) => {
  const disk = new SimDisk(1000);
  const file = disk.createFile("/file");
  file.write([new Uint8Array(900)], 0);
  t.throws(() => file.write([new Uint8Array(200)], 900), new DiskError("write", "/file", "ENOSPC"));
  t.doesNotThrow(() => file.write([new Uint8Array(900)], 0));
  t.strictSame(disk.space("/"), { freeBytes: 100, totalBytes: 1000 });
  disk.remove("/file");
  t.equal(disk.space("/").freeBytes, 1000);
});

t.test("bits rot where they are durable", async (t) => {
  const { disk } = syncedFile();
  disk.rot("/file", 5, 0x80);
  t.equal(contents(disk)[5], 0x81);
  t.equal(contents(disk.crashed(() => 0))[5], 0x81);
});

t.test("calls are told before they happen", async (t) => {
  const { disk, file } = syncedFile();
  const calls: string[] = [];
  disk.beforeCall = (call) => calls.push(call);
  file.write([Uint8Array.of(1), Uint8Array.of(2)], 3);
  file.syncData();
  disk.rename("/file", "/moved");
  t.strictSame(calls, ["write /file 3+2", "sync /file", "rename /file /moved"]);
});
