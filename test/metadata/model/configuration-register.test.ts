import * as fc from "fast-check";
import t from "tap";
import type { ShardConfig } from "../../../metadata/model/configuration.ts";
import { EngineHarness, heartbeat, uuid } from "../fixtures.ts";

t.test("a restarted leader gets its next generation", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const proposal = harness.proposal();
  const step = harness.step(proposal);
  t.match(step.answer, { config: proposal.config, publishTimeMs: harness.now.wallMs });
  t.match(step.changes, [{ kind: "configuration_published" }]);
  t.match(step.announcement, { nodes: [], shards: [{ config: { generation: 2 } }] });
});

t.test("a lost race tells the winner and changes nothing", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const [first, second] = [harness.proposal(), harness.proposal()];
  harness.granted(first);
  const step = harness.step(second);
  t.match(step.answer, { config: { operationId: first.config.operationId } });
  t.strictSame(step.changes, []);
});

t.test("a retried winner hears that it won", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const proposal = harness.proposal();
  harness.granted(proposal);
  harness.restart();
  const step = harness.step(proposal);
  t.match(step.answer, { config: { operationId: proposal.config.operationId, generation: 2 } });
  t.strictSame(step.changes, []);
});

t.test("generations may skip numbers", async (t) => {
  const harness = new EngineHarness().bootstrap();
  harness.granted(harness.proposal(0, { generation: 7 }));
  t.equal(harness.config().generation, 7);
});

t.test("what a leader may not propose is refused by field", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const first = harness.config().operationId;
  harness.granted(harness.proposal());
  const cases: [Partial<ShardConfig>, string][] = [
    [{ shardId: 99 }, "config.shard_id"],
    [{ leader: "madrid-2" }, "config.leader"],
    [{ generation: 2 }, "config.generation"],
    [{ changeKind: "LOSSY" }, "config.change_kind"],
    [{ changeKind: "BOOTSTRAP" }, "config.change_kind"],
    [{ incarnation: uuid(9) }, "config.incarnation"],
    [{ homeRegion: "new-york" }, "config.home_region"],
    [{ operationId: first }, "config.operation_id"],
    [{ ackSet: ["madrid-1"] }, "config.ack_set"],
  ];
  for (const [changes, field] of cases) {
    t.match(harness.refused(harness.proposal(0, changes)), { refused: "INVALID_REQUEST", field }, field);
  }
  t.match(harness.refused(harness.proposal(0, {}, "madrid-2")), { field: "proposer" });
});

t.test("a generation below a promise is refused, for it could never be established", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const shards = [heartbeat(0, 1, { promisedGeneration: 5 })];
  harness.granted({ kind: "keep_alive", nodeId: "new-york-1", bootId: uuid(1), shards });
  const refusal = harness.refused(harness.proposal());
  t.match(refusal, { refused: "GENERATION_CONFLICT", metadata: { promisedGeneration: "5" } });
  harness.granted(harness.proposal(0, { generation: 5 }));
});

t.test("property: of proposals that expect one generation exactly one is published", async () => {
  const rounds = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
  const property = fc.property(rounds, (contendersByRound) => {
    const harness = new EngineHarness().bootstrap();
    return contendersByRound.every((contenders) => {
      const before = harness.config().generation;
      const proposals = Array.from({ length: contenders }, () => harness.proposal());
      const winners = proposals.filter((proposal) => {
        const { config } = harness.granted(proposal);
        return config.operationId === proposal.config.operationId;
      });
      return winners.length === 1 && harness.config().generation === before + 1;
    });
  });
  fc.assert(property);
});
