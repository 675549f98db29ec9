import type { Clock } from "../common/clock.ts";
import type { FlagName, FlagValues } from "./flags.ts";
import type { LatencyHistogram } from "./measure/latency-histogram.ts";
import type { TimelinePoint } from "./measure/load-recorder.ts";

/** One load of a bench and what came of it. */
export interface Measurement {
  /** Names it within the bench, in camel case, such as "batch64Alone". */
  readonly name: string;
  /** Figures by name, unit last, such as `p99Ms`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly latency?: LatencyHistogram;
  readonly timeline?: readonly TimelinePoint[];
}

/** What a bench found out. */
export interface BenchFindings {
  /** The figures the bench is quoted by. */
  readonly headline: Readonly<Record<string, number>>;
  readonly measurements: readonly Measurement[];
  /** What a reader must know beside the figures, such as saturation; one sentence each. */
  readonly remarks: readonly string[];
  /** What the audits found wrong; empty when all is well. */
  readonly auditFindings: readonly string[];
}

/** What a bench is given to run. */
export interface BenchRun<Name extends FlagName = FlagName> {
  readonly flags: Pick<FlagValues, Name>;
  readonly clock: Clock;
  /** An empty directory for its stores. */
  readonly directory: string;
  /** Says what is going on. */
  readonly say: (message: string) => void;
  /** Hears of the processes a bench has started, by name. */
  readonly onProcesses: (pids: ReadonlyMap<string, number>) => void;
}

/** A benchmark that understands some of the flags. */
export interface Bench<Name extends FlagName = FlagName> {
  readonly name: string;
  /** What it answers, one sentence. */
  readonly question: string;
  /** The flags it understands, with their defaults. */
  readonly flags: Pick<FlagValues, Name>;
  readonly run: (run: BenchRun<Name>) => Promise<BenchFindings>;
}

/** A benchmark whatever its flags: whoever runs it gives it those it names. */
export type AnyBench = Omit<Bench, "flags"> & { readonly flags: Partial<FlagValues> };

/** Writes a benchmark down for the catalogue. */
export function bench<Name extends FlagName>(definition: Bench<Name>): AnyBench {
  return { ...definition, run: (run) => definition.run(run) };
}
