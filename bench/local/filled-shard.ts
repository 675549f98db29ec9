import { rmSync } from "node:fs";
import type { Clock } from "../../common/clock.ts";
import { stateStorePath } from "../../node/runtime/lane-files.ts";
import { auditLoad } from "../audit/load-audit.ts";
import { preload } from "../load/preload.ts";
import { registrationBatches } from "../load/registrations.ts";
import { type LoadFlags, ReserveLoad } from "../load/reserve-load.ts";
import { CommitTally } from "./commit-tally.ts";
import { issuerStates, LocalShard, SHARD_ID } from "./local-shard.ts";

/** Suffixes of the files that make up an SQLite database. */
const DATABASE_FILES = ["", "-wal", "-shm"];

/** Registered behind everything else. */
const LAST_ISSUER = { issuerId: "BENCH-LAST", limitMinor: 0 };

/** How long a shard took to open, and what is wrong with what came back. */
export interface TimedOpening {
  readonly ms: number;
  readonly auditFindings: readonly string[];
}

/** A shard full of reserves, to be closed and opened again. */
export class FilledShard {
  readonly #directory: string;
  readonly #load: ReserveLoad;
  readonly #clock: Clock;

  private constructor(directory: string, load: ReserveLoad, clock: Clock) {
    this.#directory = directory;
    this.#load = load;
    this.#clock = clock;
  }

  /** Fills a new shard with reserves and closes it. */
  static async fill(
    flags: LoadFlags,
    records: number,
    directory: string,
    clock: Clock,
  ): Promise<FilledShard> {
    const load = new ReserveLoad(flags, clock);
    const shard = await LocalShard.open(directory, new CommitTally());
    await shard.lead();
    for (const batch of registrationBatches(load.issuers, load.tokens, clock.wallMs()))
      await shard.submit(batch);
    await preload(load, records, (batch) => shard.submit(batch));
    // The last frame of a log is in doubt until a later one says otherwise.
    for (const batch of registrationBatches([LAST_ISSUER], load.tokens, clock.wallMs()))
      await shard.submit(batch);
    await shard.close();
    return new FilledShard(directory, load, clock);
  }

  /** Records of its log that are reserves. */
  get reserves(): number {
    return this.#load.told.recorded;
  }

  /** Opens it as it was left: the checkpoint holds everything. */
  openFromCheckpoint(): Promise<TimedOpening> {
    return this.#open("from its checkpoint");
  }

  /** Opens it without its derived state: everything is replayed from the log. */
  openFromLog(): Promise<TimedOpening> {
    const path = stateStorePath(this.#directory, SHARD_ID);
    for (const suffix of DATABASE_FILES) rmSync(path + suffix, { force: true });
    return this.#open("from its log");
  }

  async #open(how: string): Promise<TimedOpening> {
    const startMs = this.#clock.monotonicMs();
    const shard = await LocalShard.open(this.#directory, new CommitTally());
    const ms = this.#clock.monotonicMs() - startMs;
    const findings = auditLoad(this.#load.told, issuerStates(shard));
    await shard.close();
    return { ms, auditFindings: findings.map((finding) => `opened ${how}: ${finding}`) };
  }
}
