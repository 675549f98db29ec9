// The router between real sockets: leaders that move on, die, fall silent or talk nonsense.
import t from "tap";
import { ItemError } from "../../../common/batch/kinds.ts";
import { Decision } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { BatchClient } from "../../support/batch-client.ts";
import { FakeNode } from "../../support/fake-node.ts";
import { reserves } from "../../support/mutation-rows.ts";
import { SilentPeer } from "../../support/silent-peer.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";
import { RunningRouter } from "../running.ts";

const E_UNKNOWN = `E${ItemError.COMMIT_OUTCOME_UNKNOWN}`;
const E_UNREACHABLE = `E${ItemError.LEADER_UNREACHABLE}`;

/** Moves shard 1 to another node in the next generation. */
function moveShard(router: RunningRouter, to: FakeNode, from: FakeNode): void {
  to.holds(1, 2, true, from);
  from.holds(1, 2, false);
  router.metadata.place(1, 2, to.nodeId, ["m1", "n1"]);
}

t.test("a stale generation is healed unseen", async (t) => {
  await t.test("by asking for the map when the watch has not told yet", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    t.same(await client.sendRows(reserves(["a1"], 1)), [1]);
    moveShard(router, router.n1, router.m1);
    t.same(await client.sendRows(reserves(["a1", "a1"], 2)), [2, 3]);
    t.ok(router.metadata.refreshes >= 1);
    t.match(router.n1.batches, [{ shardId: 1, generation: 2n }]);
  });

  await t.test("also for single calls", async (t) => {
    const router = await new RunningRouter(t).start();
    await router.reserve("a1", 1);
    moveShard(router, router.n1, router.m1);
    t.match(await router.reserve("a1", 2), { outcome: { label: { position: { generation: 2n, lsn: 2n } } } });
  });

  await t.test("when the node is the one that has not heard yet", async (t) => {
    const router = await new RunningRouter(t).start();
    router.metadata.place(1, 2, "n1", ["m1", "n1"]);
    router.metadata.announce(1);
    await router.until(() => router.log.lines.some(({ fields }) => fields.generation === 2));
    const answer = router.reserve("a1", 1);
    await router.until(() => router.n1.batches.length > 1);
    router.n1.holds(1, 2, true);
    t.match(await answer, { outcome: { decision: Decision.APPROVED } });
  });

  await t.test("and keeps the order of pipelined batches", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1"], 1));
    const answers = [2, 3, 4, 5].map((token) => client.sendRows(reserves(["a1"], token)));
    moveShard(router, router.n1, router.m1);
    const later = [6, 7, 8].map((token) => client.sendRows(reserves(["a1"], token)));
    t.same(await Promise.all([...answers, ...later]), [[2], [3], [4], [5], [6], [7], [8]]);
  });
});

t.test("a leader that dies with mutations in flight", async (t) => {
  await t.test("is replaced: they are sent again and found recorded or not", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1"], 1));
    router.m1.isHolding = true;
    const inFlight = client.sendRows(reserves(["a1", "a2"], 2));
    await router.until(() => router.m1.batches.length === 2);
    moveShard(router, router.n1, router.m1);
    await router.m1.stop();
    router.metadata.announce(1);
    t.same(await inFlight, [2, 3], "the decisions the dead leader had recorded");
  });

  await t.test(
    "is not: their outcome is unknown at the deadline, what was never sent is not recorded",
    async (t) => {
      const router = await new RunningRouter(t).start();
      const client = new BatchClient(router.channel);
      await client.sendRows(reserves(["a1"], 1));
      router.m1.isHolding = true;
      const inFlight = client.sendRows(reserves(["a1"], 2), 700);
      await router.until(() => router.m1.batches.length === 2);
      await router.m1.stop();
      await router.until(() => router.log.events.includes("node_stream_lost"));
      const later = client.sendRows(reserves(["a1"], 3), 700);
      t.same(await inFlight, [E_UNKNOWN]);
      t.same(await later, [E_UNREACHABLE]);
    },
  );

  await t.test("other shards are not disturbed", async (t) => {
    const router = await new RunningRouter(t).start();
    const client = new BatchClient(router.channel);
    await client.sendRows(reserves(["a1", "b1"], 1));
    await router.m1.stop();
    await router.until(() => router.log.events.includes("node_stream_lost"));
    t.same((await client.sendRows(reserves(["b1", "a1", "b2"], 3), 500)).filter(Number), [2, 3]);
  });

  await t.test("a leader that was never there is LEADER_UNREACHABLE", async (t) => {
    const router = await new RunningRouter(t).start();
    await router.m1.stop();
    t.equal((await storeErrorOf(router.reserve("a1", 1))).reason, "LEADER_UNREACHABLE");
  });
});

t.test("a leader that returns at another address is found", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("a1", 1);
  await router.m1.stop();
  const returned = await new FakeNode("m1").holds(1, 2, true, router.m1).start();
  t.teardown(() => returned.stop());
  router.metadata.addNode("m1", "madrid", returned.address);
  router.metadata.place(1, 2, "m1", ["m1", "n1"]);
  router.metadata.announce(1);
  await router.until(() => router.log.lines.some(({ fields }) => fields.generation === 2));
  t.match(await router.reserve("a1", 2), { outcome: { label: { position: { lsn: 2n } } } });
});

t.test("a paused leader", async (t) => {
  const router = await new RunningRouter(t).start();
  const front = new SilentPeer(router.m1.port, false);
  t.teardown(() => front.stop());
  router.metadata.addNode("m1", "madrid", await front.start());
  router.metadata.announce(1);
  await router.until(() => router.log.events.length > 2);
  const client = new BatchClient(router.channel);
  t.same(await client.sendRows(reserves(["a1"], 1)), [1]);
  front.freeze();
  t.same(await client.sendRows(reserves(["a1"], 2), 300), [E_UNKNOWN], "no answer by the deadline");
  const later = await client.sendRows(reserves(["a1"], 3), 300);
  t.same(later, [E_UNREACHABLE], "once it owes an answer nothing more is sent");
  await router.until(() => router.log.events.includes("node_silent"));
  front.silent = false;
  let answer = await client.sendRows(reserves(["a1"], 4), 1000);
  while (answer[0] === E_UNREACHABLE) answer = await client.sendRows(reserves(["a1"], 4), 1000);
  t.type(answer[0], "number", "it is dialled anew and works again");
});

t.test("an answer that cannot be right breaks the stream, and the rows are asked for again", async (t) => {
  const router = await new RunningRouter(t).start();
  const client = new BatchClient(router.channel);
  await client.sendRows(reserves(["a1"], 1));
  for (const change of [{ batchId: 999n }, { encoding: { case: undefined } }] as const) {
    router.m1.distort = (response) => {
      router.m1.distort = (unchanged) => unchanged;
      return { ...response, ...change };
    };
    t.same(await client.sendRows(reserves(["a1"], 2)), [2]);
  }
  t.ok(router.log.events.includes("node_answer_malformed"));
});

t.test("a resend is counted", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("a1", 1);
  moveShard(router, router.n1, router.m1);
  await router.reserve("a1", 2);
  t.match(await router.metrics.exposition(), /harborpoint_router_resends_total [1-9]/);
});
