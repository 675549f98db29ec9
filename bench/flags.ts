import { type Command, InvalidArgumentError, Option } from "commander";
import { BATCH_ROWS_MAX } from "../common/batch/mutation-batch.ts";
import { DISTRIBUTIONS, type Distribution } from "./load/issuer-choice.ts";
import { parseSlo, type Slo } from "./measure/slo.ts";

/** Everything a benchmark can be told. */
export interface FlagValues {
  /** Length of each measurement. */
  readonly seconds: number;
  /** Load before each measurement that is not measured. */
  readonly warmupSeconds: number;
  readonly seed: number;
  /** How the load spreads over the issuers. */
  readonly issuers: Distribution;
  readonly issuerCount: number;
  readonly batchSizes: readonly number[];
  readonly shards: number;
  /** Numbers of shards, one cluster each. */
  readonly shardCounts: readonly number[];
  /** Reserves the store is to hold. */
  readonly records: number;
  /** Concurrent callers, one measurement each. */
  readonly callers: readonly number[];
  /** Turns of whatever is compared. */
  readonly rounds: number;
  /** Reserves a second of the open loop. */
  readonly rate: number;
  /** Objective of a capacity search. */
  readonly slo: Slo | undefined;
}

export type FlagName = keyof FlagValues;

interface Flag<Value> {
  readonly usage: string;
  readonly help: string;
  readonly parse: (text: string) => Value;
}

const ISSUERS_MAX = 60_000; // a batch refers to its strings by 16 bits
const SHARDS_MAX = 1024;
const RECORDS_MAX = 1_000_000_000;
const CALLERS_MAX = 4096;

const FLAGS: { readonly [Name in FlagName]: Flag<FlagValues[Name]> } = {
  seconds: { usage: "--seconds <n>", help: "length of each measurement", parse: (text) => positive(text) },
  warmupSeconds: {
    usage: "--warmup-seconds <n>",
    help: "load before each measurement that does not count",
    parse: (text) => (text === "0" ? 0 : positive(text)),
  },
  seed: { usage: "--seed <n>", help: "seed of the load", parse: (text) => whole(text, 0, 2 ** 31 - 1) },
  issuers: {
    usage: "--issuers <how>",
    help: `${DISTRIBUTIONS.join(", ")}: how the load spreads`,
    parse: distribution,
  },
  issuerCount: {
    usage: "--issuer-count <n>",
    help: "issuers to reserve on",
    parse: (text) => whole(text, 1, ISSUERS_MAX),
  },
  batchSizes: {
    usage: "--batch-sizes <list>",
    help: "reserves per batch, separated by commas",
    parse: (text) => text.split(",").map((size) => whole(size, 1, BATCH_ROWS_MAX)),
  },
  shards: {
    usage: "--shards <n>",
    help: "shards of the cluster",
    parse: (text) => whole(text, 1, SHARDS_MAX),
  },
  shardCounts: {
    usage: "--shard-counts <list>",
    help: "numbers of shards, separated by commas",
    parse: (text) => text.split(",").map((count) => whole(count, 1, SHARDS_MAX)),
  },
  records: {
    usage: "--records <n>",
    help: "reserves the store is to hold",
    parse: (text) => whole(text, 1, RECORDS_MAX),
  },
  callers: {
    usage: "--callers <list>",
    help: "concurrent callers, separated by commas",
    parse: (text) => text.split(",").map((count) => whole(count, 1, CALLERS_MAX)),
  },
  rounds: {
    usage: "--rounds <n>",
    help: "turns of whatever is compared",
    parse: (text) => whole(text, 1, 100),
  },
  rate: { usage: "--rate <n>", help: "reserves a second of the open loop", parse: (text) => positive(text) },
  slo: { usage: "--slo <p99=20ms>", help: "search the rate that keeps this latency", parse: slo },
};

/** Adds the flags a benchmark understands to its command. */
export function addFlags(command: Command, defaults: Partial<FlagValues>): void {
  for (const [name, value] of Object.entries(defaults)) {
    const { usage, help, parse } = FLAGS[name as FlagName];
    const option = new Option(usage, help).argParser<unknown>((text) => parse(text));
    if (value !== undefined) option.default(value, typeof value === "object" ? undefined : String(value));
    command.addOption(option);
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("must be a positive number");
  return value;
}

function whole(text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
  return value;
}

function distribution(text: string): Distribution {
  const found = DISTRIBUTIONS.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`must be one of ${DISTRIBUTIONS.join(", ")}`);
  return found;
}

function slo(text: string): Slo {
  const found = parseSlo(text);
  if (found === undefined) throw new InvalidArgumentError("must look like p99=20ms");
  return found;
}
