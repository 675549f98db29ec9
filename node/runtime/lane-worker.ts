// The program of a lane's thread.
import { NodeDisk } from "../wal/node-disk.ts";
import { laneProgram } from "./lane-program.ts";

/** Carries out one task; called by the pool. */
export const run = laneProgram(new NodeDisk());
