// The program of a lane's thread over a disk that stops syncing segments when the data directory
// holds a file named `fail-sync`. Every attempt from then on is noted in that file.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "piscina";
import type { LaneThreadData } from "../../node/runtime/lane-messages.ts";
import { laneProgram } from "../../node/runtime/lane-program.ts";
import { DiskError } from "../../node/wal/disk.ts";
import { NodeDisk } from "../../node/wal/node-disk.ts";
import { HookedDisk } from "./hooked-disk.ts";

const failSync = join((workerData as LaneThreadData).dataDirectory, "fail-sync");

/** Carries out one task; called by the pool. */
export const run = laneProgram(
  new HookedDisk(new NodeDisk(), (path) => {
    if (!path.endsWith(".seg") || !existsSync(failSync)) return;
    appendFileSync(failSync, `${path}\n`);
    throw new DiskError("sync", path, "EIO");
  }),
);
