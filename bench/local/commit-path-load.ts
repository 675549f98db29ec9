import { assert } from "../../common/assert.ts";
import { Outcome } from "../../common/batch/kinds.ts";
import type { Clock } from "../../common/clock.ts";
import type { Frame } from "../../node/shard/frame.ts";
import { auditLoad, type IssuerState } from "../audit/load-audit.ts";
import { LogAudit } from "../audit/log-audit.ts";
import type { Measurement } from "../bench.ts";
import { batchReserves } from "../load/batch-reserves.ts";
import { registrationBatches } from "../load/registrations.ts";
import { type LoadFlags, ReserveLoad } from "../load/reserve-load.ts";
import { runClosedLoop } from "../measure/closed-loop.ts";
import { latencyMetrics } from "../measure/latency-metrics.ts";
import { LoadRecorder } from "../measure/load-recorder.ts";
import { measureWithin } from "../measure/measured-window.ts";
import { CommitTally } from "./commit-tally.ts";
import { issuerStates, LocalShard } from "./local-shard.ts";
import { OwnProcessorTime } from "./own-processor-time.ts";

/** How long a load on the commit path lasts, and what it is made of. */
export interface CommitPathFlags extends LoadFlags {
  readonly seconds: number;
  readonly warmupSeconds: number;
}

/** A fresh shard in a directory of its own, loads on it, and the audit of what they left there. */
export class CommitPathLoad {
  readonly #flags: CommitPathFlags;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #load: ReserveLoad;
  readonly #tally: CommitTally;
  readonly #shard: LocalShard;

  private constructor(
    flags: CommitPathFlags,
    clock: Clock,
    directory: string,
    tally: CommitTally,
    shard: LocalShard,
  ) {
    this.#flags = flags;
    this.#clock = clock;
    this.#directory = directory;
    this.#load = new ReserveLoad(flags, clock);
    this.#tally = tally;
    this.#shard = shard;
  }

  /** Makes the shard and registers the issuers. */
  static async open(flags: CommitPathFlags, directory: string, clock: Clock): Promise<CommitPathLoad> {
    const tally = new CommitTally();
    const shard = await LocalShard.open(directory, tally);
    const load = new CommitPathLoad(flags, clock, directory, tally, shard);
    await shard.lead();
    await load.#register();
    return load;
  }

  /** Measures callers that each commit one batch after the other. */
  async measure(name: string, batchSize: number, callers: number): Promise<Measurement> {
    const { seconds, warmupSeconds } = this.#flags;
    const recorder = new LoadRecorder(this.#clock);
    const reserves = batchReserves(this.#load, batchSize, (batch) => this.#shard.submit(batch));
    const send = reserves.sender(callers, recorder);
    const usage = new OwnProcessorTime();
    let metrics: Record<string, number> = {};
    const onBegin = (): void => {
      this.#tally.reset();
      usage.reset();
      recorder.begin();
    };
    const onEnd = (): void => {
      recorder.end();
      metrics = this.#metrics(recorder, usage);
    };
    const untilMs = this.#clock.monotonicMs() + (warmupSeconds + seconds) * 1000;
    const load = runClosedLoop(callers, untilMs, this.#clock, send);
    await measureWithin(load, { warmupSeconds, seconds, onBegin, onEnd });
    return { name, metrics, latency: recorder.latency, timeline: recorder.timeline };
  }

  /**
   * Closes the shard and compares the books with the state in memory, with the state restored from
   * disk, and with a sum over the records of the log. @returns what is wrong
   */
  async audit(): Promise<string[]> {
    const inMemory = this.#compare("in memory", issuerStates(this.#shard));
    await this.#shard.close();
    const restored = await LocalShard.open(this.#directory, new CommitTally());
    const { told } = this.#load;
    const log = new LogAudit(restored.host.state.appliedLsn);
    eachFrame(restored, (frame) => log.add(frame));
    const findings = [
      ...inMemory,
      ...this.#compare("restored from disk", issuerStates(restored)),
      ...this.#compare("summed over the log", log.states),
      ...log.findings,
    ];
    if (log.reserves !== told.recorded)
      findings.push(`the log holds ${log.reserves} reserves, acknowledged were ${told.recorded}`);
    const duplicates = log.duplicateTokens();
    if (duplicates > 0) findings.push(`${duplicates} tokens were recorded more than once`);
    await restored.close();
    return findings;
  }

  async #register(): Promise<void> {
    const { issuers, tokens } = this.#load;
    for (const batch of registrationBatches(issuers, tokens, this.#clock.wallMs())) {
      const results = await this.#shard.submit(batch);
      for (let row = 0; row < results.count; row++)
        assert(results.outcome(row) === Outcome.APPROVED, "a fresh shard registers every issuer");
    }
  }

  #metrics(recorder: LoadRecorder, usage: OwnProcessorTime): Record<string, number> {
    const { fsync, frames, recordsPerFrame } = this.#tally;
    return {
      reservationsPerSecond: recorder.perSecond,
      ...latencyMetrics(recorder.latency),
      framesPerSecond: frames / recorder.seconds,
      recordsPerFrame,
      fsyncP50Ms: fsync.percentileMs(50),
      fsyncP99Ms: fsync.percentileMs(99),
      cpuMicrosPerReservation: usage.allMicros / recorder.count,
      mainThreadMicrosPerReservation: usage.mainThreadMicros / recorder.count,
    };
  }

  #compare(where: string, states: ReadonlyMap<string, IssuerState>): string[] {
    return auditLoad(this.#load.told, states).map((finding) => `${where}: ${finding}`);
  }
}

function eachFrame({ host }: LocalShard, visit: (frame: Frame) => void): void {
  const { appliedLsn } = host.state;
  for (let lsn = 1; lsn <= appliedLsn; ) {
    const frame = host.log.frameAt(lsn);
    visit(frame);
    lsn = frame.lastLsn + 1;
  }
}
