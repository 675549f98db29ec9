import t from "tap";
import { DiskError, type DiskFile, syncTogether } from "../../../node/wal/disk.ts";

/** A file that records its syncs; one with a gate syncs asynchronously and only once that opens. */
function fakeFile(path: string, synced: string[], gate?: Promise<void>): DiskFile {
  return {
    path,
    size: () => 0,
    read: () => 0,
    write: () => {},
    syncData: () => void synced.push(path),
    ...(gate && {
      syncDataAsync: async () => {
        await gate;
        synced.push(path);
      },
    }),
    close: () => {},
  };
}

t.test("one file is synced on the spot, several at once", async (t) => {
  const synced: string[] = [];
  const gate = Promise.withResolvers<void>();
  await syncTogether([fakeFile("alone", synced, gate.promise)]);
  t.strictSame(synced, ["alone"], "without a thread of its own");
  const all = syncTogether([fakeFile("slow", synced, gate.promise), fakeFile("plain", synced)]);
  await Promise.resolve();
  t.strictSame(synced, ["alone", "plain"], "none waits for another");
  gate.resolve();
  await all;
  t.strictSame(synced, ["alone", "plain", "slow"]);
});

t.test("the first failure is thrown after all have ended", async (t) => {
  const synced: string[] = [];
  const gate = Promise.withResolvers<void>();
  const failure = new DiskError("sync", "bad", "EIO");
  const bad = fakeFile("bad", synced, Promise.reject(failure));
  const all = syncTogether([bad, fakeFile("slow", synced, gate.promise)]);
  setImmediate(() => gate.resolve());
  await t.rejects(all, failure);
  t.strictSame(synced, ["slow"]);
});

t.test("an error says what was done to which file and the system's code", async (t) => {
  const cause = new Error("cause");
  const error = new DiskError("rename", "/a/b", "EACCES", { cause });
  t.match(error, {
    operation: "rename",
    path: "/a/b",
    code: "EACCES",
    cause,
    message: "rename /a/b: EACCES",
  });
});
