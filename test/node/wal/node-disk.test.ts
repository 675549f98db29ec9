import { closeSync, openSync } from "node:fs";
import t from "tap";
import { DiskError, syncTogether } from "../../../node/wal/disk.ts";
import { NodeDisk } from "../../../node/wal/node-disk.ts";
import { diskContract } from "../../support/disk-contract.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

t.test("the real disk does what the log relies on", async (t) => {
  await diskContract(t, new NodeDisk(), temporaryDirectory(t));
});

t.test("files are synced together in threads of their own", async (t) => {
  const disk = new NodeDisk();
  const directory = temporaryDirectory(t);
  const files = ["a", "b", "c"].map((name) => disk.createFile(`${directory}/${name}`));
  for (const file of files) file.write([Uint8Array.of(1)], 0);
  await syncTogether(files);
  await syncTogether(files.slice(0, 1));
  await syncTogether([]);
  for (const file of files) file.close();
});

t.test("a failed sync is final", async (t) => {
  const disk = new NodeDisk();
  const path = `${temporaryDirectory(t)}/file`;
  const file = disk.createFile(path);
  file.close();
  // The descriptor is gone: a sync fails. The same number then belongs to a file that could be synced.
  await t.rejects(async () => file.syncDataAsync?.(), new DiskError("sync", path, "EBADF"));
  const other = openSync(path, "r+");
  t.throws(() => file.syncData(), new DiskError("sync", path, "EBADF"));
  t.throws(() => file.write([Uint8Array.of(1)], 0), new DiskError("sync", path, "EBADF"));
  t.throws(() => file.read(new Uint8Array(1), 0), new DiskError("sync", path, "EBADF"));
  await t.rejects(syncTogether([file]), new DiskError("sync", path, "EBADF"));
  closeSync(other);
});
