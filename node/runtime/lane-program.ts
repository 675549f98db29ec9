import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { systemClock } from "../../common/clock.ts";
import { systemRandom } from "../../common/random.ts";
import type { Checkpoint } from "../storage/checkpoint.ts";
import { nodeChecksums } from "../wal/checksums.ts";
import type { Disk } from "../wal/disk.ts";
import { SEGMENT_SIZING } from "../wal/next-segment.ts";
import { LaneExecutor } from "./lane-executor.ts";
import type { LaneTask, LaneThreadData } from "./lane-messages.ts";

/** What runs in a lane's thread, over a disk: a function that carries out one task. */
export function laneProgram(disk: Disk): (task: LaneTask) => Promise<unknown> {
  const executor = new LaneExecutor({
    ...(workerData as LaneThreadData),
    disk,
    checksums: nodeChecksums,
    sizing: SEGMENT_SIZING,
    randomBytes: (count) => systemRandom.bytes(count),
    monotonicMs: () => systemClock.monotonicMs(),
  });
  return async (task) => {
    const result = await executor.run(task);
    const isOpened = typeof result === "object" && "type" in result && result.type === "opened";
    return isOpened && result.checkpoint !== undefined ? moved(result, result.checkpoint) : result;
  };
}

/** Hands a checkpoint's buffers over instead of copying them: they can be most of a node's memory. */
function moved(result: object, { reservationChunks, tokenRuns }: Checkpoint): unknown {
  const arrays = [
    ...reservationChunks.map(({ bytes }) => bytes),
    ...tokenRuns.flatMap(({ fingerprints, lsns }) => [fingerprints, lsns]),
  ];
  const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer);
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result });
}
