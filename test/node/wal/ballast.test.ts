import t from "tap";
import { BALLAST_NAME, placeBallast } from "../../../node/wal/ballast.ts";
import { SimDisk } from "../../support/sim-disk.ts";

t.test("ballast is placed once, whole", async (t) => {
  const disk = new SimDisk(1_000_000);
  disk.createDirectory("/data");
  disk.syncDirectory("/");
  t.equal(placeBallast(disk, "/data", 600_000), true);
  const survivor = disk.crashed(() => 0);
  t.equal(survivor.openFile(`/data/${BALLAST_NAME}`, "read").size(), 600_000);
  t.equal(placeBallast(survivor, "/data", 600_000), false);
});

t.test("a volume that is filling up gets none", async (t) => {
  const disk = new SimDisk(1_000_000);
  disk.createDirectory("/data");
  t.equal(placeBallast(disk, "/data", 860_000), false, "less than 15 % would be left");
  t.strictSame(disk.list("/data"), []);
});

t.test("what a crash left of it is started again", async (t) => {
  const disk = new SimDisk();
  disk.createDirectory("/data");
  disk.setFault({ atCall: 6, code: "EIO", isSticky: false });
  t.throws(() => placeBallast(disk, "/data", 600_000));
  t.strictSame(disk.list("/data"), [`${BALLAST_NAME}.tmp`]);
  t.equal(placeBallast(disk, "/data", 600_000), true);
  t.strictSame(disk.list("/data"), [BALLAST_NAME]);
});
