import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { INTENT_NAME, readIntent, removeIntent, writeIntent } from "../../../node/wal/log-intent.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";

function intent(kind: "cut" | "reset") {
  const chain = new FrameChain();
  chain.next(5, { generation: 4 });
  return { ...TEST_IDENTITY, kind, base: chain.tail };
}

function written(kind: "cut" | "reset"): SimDisk {
  const disk = new SimDisk();
  disk.createDirectory("/wal");
  disk.syncDirectory("/");
  writeIntent(disk, "/wal", intent(kind), nodeChecksums);
  return disk.crashed(() => 0);
}

t.test("an intent is durable when it is written, and gone when it is removed", async (t) => {
  for (const kind of ["cut", "reset"] as const) {
    const disk = written(kind);
    t.strictSame(readIntent(disk, "/wal", nodeChecksums), intent(kind));
    removeIntent(disk, "/wal");
    t.equal(
      readIntent(
        disk.crashed(() => 0),
        "/wal",
        nodeChecksums,
      ),
      undefined,
    );
  }
});

t.test("no flipped bit goes unseen", async (t) => {
  const path = `/wal/${INTENT_NAME}`;
  const disk = written("cut");
  const bytes = disk.openFile(path, "read").size();
  for (let at = 0; at < bytes; at++) {
    const rotten = disk.crashed(() => 0);
    rotten.rot(path, at, 1 << (at & 7));
    if (readIntent(rotten, "/wal", nodeChecksums) !== "damaged") t.fail(`byte ${at}`);
  }
  t.equal(bytes, 96);
});
