import * as fc from "fast-check";
import t from "tap";
import { ClusterModel } from "./cluster-model.ts";

const NODES = ["madrid-1", "madrid-2", "new-york-1", "new-york-2"] as const;
const RUNS = 300;

const node = fc.constantFrom(...NODES);

/** What may happen in between; every one of them is followed by some time. */
const event = fc.oneof(
  fc.record({
    what: fc.constantFrom("crash", "boot", "unhear", "hear", "deafen", "undeafen", "stick", "unstick"),
    node,
  }),
  fc.record({ what: fc.constantFrom("cut", "join"), node, other: node }),
  fc.record({ what: fc.constant("answers take"), ms: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({ what: fc.constant("restart metadata") }),
  fc.record({ what: fc.constant("switchover"), shardId: fc.integer({ min: 0, max: 1 }), node }),
);
type Event = { what: string; node?: string; other?: string; ms?: number; shardId?: number };

const schedule = fc.array(fc.record({ event, afterMs: fc.integer({ min: 0, max: 6000 }) }), {
  minLength: 1,
  maxLength: 12,
});

function happen(
  model: ClusterModel,
  { what, node: nodeId = "", other = "", ms = 0, shardId = 0 }: Event,
): void {
  switch (what) {
    case "crash":
      return model.crash(nodeId);
    case "boot":
      return model.boot(nodeId);
    case "unhear":
      return void model.unheard.add(nodeId);
    case "hear":
      return void model.unheard.delete(nodeId);
    case "deafen":
      return void model.deafToSeals.add(nodeId);
    case "undeafen":
      return void model.deafToSeals.delete(nodeId);
    case "stick":
      return void model.stuck.add(nodeId);
    case "unstick":
      return void model.stuck.delete(nodeId);
    case "cut":
      return void model.cut.add(`${nodeId} ${other}`);
    case "join":
      return model.cut.clear();
    case "answers take":
      return model.answersTakeMs(ms);
    case "restart metadata":
      return model.restartMetadata();
    case "switchover": {
      const expectedGeneration = model.config(shardId).generation;
      model.step({ kind: "switchover", shardId, expectedGeneration, target: nodeId, dryRun: false });
    }
  }
}

function heal(model: ClusterModel): void {
  for (const faults of [model.unheard, model.deafToSeals, model.stuck, model.cut]) faults.clear();
  model.answersTakeMs(10);
  for (const nodeId of model.down) model.boot(nodeId);
}

/** The model itself throws on a lost record, a leader that lacks the cut, and two nodes with authority. */
t.test(
  "whatever happens in whatever order, nothing is lost, one node has authority, and service returns",
  async (t) => {
    fc.assert(
      fc.property(schedule, (events) => {
        const model = new ClusterModel();
        for (const { event: each, afterMs } of events) {
          happen(model, each);
          model.run(afterMs);
        }
        heal(model);
        for (const shardId of model.shardIds) {
          if (model.runUntilServing(60_000, shardId) === Number.POSITIVE_INFINITY) {
            throw new Error(`shard ${shardId} does not serve: ${JSON.stringify(model.operations.at(-1))}`);
          }
        }
        const generations = model.published.map(({ config }) => `${config.shardId}/${config.generation}`);
        return new Set(generations).size === generations.length;
      }),
      { numRuns: RUNS },
    );
    t.pass();
  },
);
