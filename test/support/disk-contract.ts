import type { Test } from "tap";
import { type Disk, DiskError } from "../../node/wal/disk.ts";

/** What every disk does, real or simulated; the directory is empty and its own. */
export async function diskContract(t: Test, disk: Disk, directory: string): Promise<void> {
  const path = (name: string) => `${directory}/${name}`;
  const code = (call: () => unknown): string | undefined => {
    try {
      call();
      return undefined;
    } catch (error) {
      return error instanceof DiskError ? `${error.operation} ${error.code}` : String(error);
    }
  };

  t.test("a file holds what was written, part by part", async (t) => {
    const file = disk.createFile(path("parts"));
    file.write([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)], 4);
    t.equal(file.size(), 7);
    const target = new Uint8Array(8);
    t.equal(file.read(target, 2), 5, "fewer bytes at the end of the file");
    t.strictSame([...target], [0, 0, 1, 2, 3, 0, 0, 0], "a gap reads as zero");
    t.equal(file.read(target, 7), 0, "none behind it");
    file.syncData();
    file.close();
    const again = disk.openFile(path("parts"), "read");
    t.equal(again.size(), 7);
    t.equal(again.read(new Uint8Array(7), 0), 7);
    again.close();
  });

  t.test("names are created once, listed in order, replaced by a rename, removed", async (t) => {
    disk.createDirectory(path("names/deep"));
    disk.createDirectory(path("names/deep"));
    for (const name of ["b", "a", "c"]) disk.createFile(path(`names/deep/${name}`)).close();
    t.equal(
      code(() => disk.createFile(path("names/deep/a"))),
      "create EEXIST",
    );
    const file = disk.openFile(path("names/deep/a"), "write");
    file.write([Uint8Array.of(9)], 0);
    disk.rename(path("names/deep/a"), path("names/deep/c"));
    file.close();
    const renamed = disk.openFile(path("names/deep/c"), "read");
    t.equal(renamed.size(), 1, "the bytes go with the name");
    renamed.close();
    disk.remove(path("names/deep/b"));
    disk.remove(path("names/deep/b"));
    t.strictSame(disk.list(path("names/deep")), ["c"]);
    disk.syncDirectory(path("names/deep"));
  });

  t.test("what is not there is said by its code", async (t) => {
    t.strictSame(disk.list(path("nowhere")), []);
    t.equal(
      code(() => disk.openFile(path("nothing"), "read")),
      "open ENOENT",
    );
    t.equal(
      code(() => disk.createFile(path("nowhere/file"))),
      "create ENOENT",
    );
    t.equal(
      code(() => disk.rename(path("nothing"), path("something"))),
      "rename ENOENT",
    );
    t.equal(
      code(() => disk.syncDirectory(path("nowhere"))),
      "sync-directory ENOENT",
    );
  });

  t.test("a file opened for reading takes no writes", async (t) => {
    disk.createFile(path("read-only")).close();
    const file = disk.openFile(path("read-only"), "read");
    t.equal(
      code(() => file.write([Uint8Array.of(1)], 0)),
      "write EBADF",
    );
    file.close();
  });

  t.test("a volume tells its room", async (t) => {
    const { freeBytes, totalBytes } = disk.space(directory);
    t.ok(freeBytes > 0 && freeBytes <= totalBytes);
  });
}
