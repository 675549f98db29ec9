import { closeSync, fdatasyncSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { median } from "../measure/stats.ts";

/** What a commit of a few records writes. */
const WRITE_BYTES = 8192;
const WRITES = 200;
/** Positions written in turn, inside a file whose blocks are there already. */
const SLOTS = 128;

/** Median time to make 8 KiB durable in a directory, milliseconds: the floor under every commit. */
export function measureFsyncMs(directory: string, clock: Clock): number {
  const path = join(directory, "fsync-probe");
  const file = openSync(path, "w");
  try {
    writeSync(file, new Uint8Array(WRITE_BYTES * SLOTS));
    fsyncSync(file);
    const block = new Uint8Array(WRITE_BYTES).fill(1);
    return median(Array.from({ length: WRITES }, (_, i) => timedWrite(file, block, i % SLOTS, clock)));
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

function timedWrite(file: number, block: Uint8Array, slot: number, clock: Clock): number {
  const startMs = clock.monotonicMs();
  writeSync(file, block, 0, block.length, slot * WRITE_BYTES);
  fdatasyncSync(file);
  return clock.monotonicMs() - startMs;
}
