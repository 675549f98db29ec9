import { settledWithin } from "../../common/with-timeout.ts";
import { TestCluster } from "../support/cluster/test-cluster.ts";

/** What a scenario measured. */
export interface Figures {
  /** Longest time without a new write of the shard that was hit. */
  readonly secondsWithoutWrites?: number;
  /** Writes that clients were told of. */
  readonly acknowledged?: number;
  readonly acknowledgedLost?: number;
  /** Of those, how many the store itself reported as lost. */
  readonly reportedLost?: number;
  /** Tokens with more than one outcome. */
  readonly duplicates?: number;
}

/** Something that happens to a running cluster, and what must hold then. */
export interface Scenario {
  readonly name: string;
  /** What it shows, one sentence. */
  readonly claim: string;
  /** Takes a healthy cluster and leaves it healthy. Rejects when the claim does not hold. */
  readonly run: (cluster: TestCluster) => Promise<Figures>;
}

/** How a scenario ended; the shape other programs read. */
export interface ScenarioResult extends Figures {
  readonly name: string;
  readonly ok: boolean;
  /** How long it took, the checks afterwards included. */
  readonly seconds: number;
  /** What was wrong. */
  readonly problem?: string;
}

/** A scenario without an end counts as failed. */
const SCENARIO_MS_MAX = 150_000;
const FINDINGS_SHOWN = 20;

/** The claim of a scenario does not hold. */
export class ScenarioFailure extends Error {
  constructor(findings: readonly string[]) {
    const rest = findings.length - FINDINGS_SHOWN;
    super([...findings.slice(0, FINDINGS_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n"));
    this.name = "ScenarioFailure";
  }
}

/** Throws {@link ScenarioFailure} unless the condition holds. */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ScenarioFailure([otherwise]);
}

/** Runs one scenario on a cluster of its own. Never rejects: what went wrong is in the result. */
export async function runAlone(scenario: Scenario): Promise<ScenarioResult> {
  const startMs = performance.now();
  const cluster = await TestCluster.start();
  try {
    return await runScenario(scenario, cluster, startMs);
  } finally {
    await cluster.stop();
  }
}

async function runScenario(
  { name, run }: Scenario,
  cluster: TestCluster,
  startMs: number,
): Promise<ScenarioResult> {
  const seconds = (): number => (performance.now() - startMs) / 1000;
  try {
    const running = run(cluster);
    const inTime = await settledWithin(running, SCENARIO_MS_MAX);
    expect(inTime, `no end after ${SCENARIO_MS_MAX / 1000} s`);
    return { name, ok: true, ...(await running), seconds: seconds() };
  } catch (error) {
    return { name, ok: false, seconds: seconds(), problem: describe(error) };
  }
}

function describe(error: unknown): string {
  if (error instanceof ScenarioFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
