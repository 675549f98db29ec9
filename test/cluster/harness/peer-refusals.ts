import { ERROR_CATALOG } from "../../../common/errors/catalog.ts";
import type { Stretch } from "../checks/time-without-writes.ts";
import { expect } from "../scenario.ts";
import type { Experiment } from "./experiment.ts";

/**
 * Clients of a shard that misses its synchronous peer are told so, in a way that lets them try again
 * as they are; and nothing else is said to them that would make them stop.
 */
export function expectRefusedForPeer(experiment: Experiment, shardId: number, stretch: Stretch): void {
  const refusals = experiment.refusals(shardId, stretch);
  const seen = [...refusals].map(([reason, count]) => `${reason} ${count}`).join(", ");
  expect(refusals.has("SYNC_PEER_UNAVAILABLE"), `nobody was told SYNC_PEER_UNAVAILABLE, only: ${seen}`);
  const final = [...refusals.keys()].filter((reason) => ERROR_CATALOG[reason].retry !== "same-request");
  expect(final.length === 0, `clients were told to stop: ${final.join(", ")}`);
}
