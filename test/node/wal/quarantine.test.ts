import { createHash } from "node:crypto";
import t from "tap";
import { quarantine } from "../../../node/wal/quarantine.ts";
import { SimDisk } from "../../support/sim-disk.ts";

const RANGE = { firstLsn: 7, lastLsn: 12, ending: ".frames" };

function shardDisk(): SimDisk {
  const disk = new SimDisk();
  disk.createDirectory("/shard");
  disk.syncDirectory("/");
  return disk;
}

t.test("a copy is durable, whole and named for its range and hash", async (t) => {
  const disk = shardDisk();
  const copy = quarantine(disk, "/shard", RANGE, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const sha256 = createHash("sha256")
    .update(Uint8Array.of(1, 2, 3))
    .digest("hex");
  const path = `/shard/quarantine/00000000000000000007-00000000000000000012-${sha256}.frames`;
  t.strictSame(copy, { path, bytes: 3, sha256 });
  const file = disk.crashed(() => 0).openFile(path, "read");
  const bytes = new Uint8Array(4);
  t.equal(file.read(bytes, 0), 3);
  t.strictSame([...bytes], [1, 2, 3, 0]);
});

t.test("the same bytes are kept once", async (t) => {
  const disk = shardDisk();
  const copies = [0, 1].map(() => quarantine(disk, "/shard", RANGE, [Uint8Array.of(1)]));
  t.strictSame(copies[0], copies[1]);
  t.equal(disk.list("/shard/quarantine").length, 1);
});

t.test("a copy that does not read back gets no name", async (t) => {
  const disk = shardDisk();
  disk.beforeCall = (call) => {
    if (call.startsWith("sync /")) disk.rot("/shard/quarantine/copy.tmp", 0, 1);
  };
  t.throws(() => quarantine(disk, "/shard", RANGE, [Uint8Array.of(1)]), /does not read back/);
  t.strictSame(disk.list("/shard/quarantine"), ["copy.tmp"]);
});
