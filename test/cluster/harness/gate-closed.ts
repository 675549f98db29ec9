import type { Stretch } from "../checks/time-without-writes.ts";
import { expect } from "../scenario.ts";
import type { Experiment } from "./experiment.ts";

/** What a shard promises: no acknowledgement follows the loss of its remote copy by more than this. */
const RPO_MS = 5_000;
/** Proof lasts three seconds: for the first two nobody need notice anything. */
const UNNOTICED_MS = 2_000;

/**
 * A shard without its remote copy is written to for a moment, and refuses from then on with the
 * reason; whoever is at home with it goes on reading linearizably.
 * @param without from the loss of the remote copy to now, before its return; longer than the recovery point
 */
export async function expectGateClosed(
  experiment: Experiment,
  { shardId, homeRegion }: { readonly shardId: number; readonly homeRegion: string },
  { fromMs, toMs }: Stretch,
): Promise<void> {
  const firstWrites = experiment.answers(shardId, { fromMs, toMs: fromMs + UNNOTICED_MS });
  expect(firstWrites > 0, "writes stopped at once");
  const closed = { fromMs: fromMs + RPO_MS, toMs };
  const answers = experiment.answers(shardId, closed);
  expect(answers === 0, `${answers} writes were acknowledged beyond the recovery point`);
  const refusals = experiment.refusals(shardId, closed);
  expect(
    refusals.has("RPO_GATE_CLOSED"),
    `nobody was told RPO_GATE_CLOSED, only: ${[...refusals.keys()].join()}`,
  );
  const { reads } = experiment.cluster.client(homeRegion);
  const { label } = await reads.getExposure(experiment.issuerOn(shardId));
  expect(label.contractServed === "LINEARIZABLE", `a read was served ${label.contractServed}`);
}
