import type { Log } from "../../common/log/log.ts";
import { type DiskVerdict, diskVerdict } from "../wal/disk-policy.ts";
import type { DiskProbe } from "./lane-messages.ts";

/** How often the disk is tried and its room looked at, milliseconds. */
export const DISK_PROBE_MS = 1_000;

/** Tries every lane's disk; one result per lane. */
export type ProbeDisk = () => Promise<readonly DiskProbe[]>;

/** Watches the room on the node's volume and says when it becomes too little, or enough again. */
export class DiskWatch {
  readonly #probe: ProbeDisk;
  readonly #onVerdict: (verdict: DiskVerdict) => void;
  readonly #log: Log;
  #verdict: DiskVerdict = "ok";
  #isProbing = false;

  constructor(probe: ProbeDisk, onVerdict: (verdict: DiskVerdict) => void, log: Log) {
    this.#probe = probe;
    this.#onVerdict = onVerdict;
    this.#log = log;
  }

  /** The verdict in force. */
  get verdict(): DiskVerdict {
    return this.#verdict;
  }

  /** To be called every {@link DISK_PROBE_MS}; a probe that is still under way is not repeated. */
  async check(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const probes = await this.#probe();
    this.#isProbing = false;
    const space = probes.at(0);
    if (space === undefined) return;
    const verdict = diskVerdict(space, this.#verdict);
    if (verdict === this.#verdict) return;
    const { freeBytes, totalBytes } = space;
    this.#log.warn("disk_space", { verdict, before: this.#verdict, freeBytes, totalBytes });
    this.#verdict = verdict;
    this.#onVerdict(verdict);
  }
}
