import t from "tap";
import { Decline, ItemError, Outcome } from "../../../../common/batch/kinds.ts";
import { LaneBench } from "../../../support/lane-bench.ts";
import { answerOf } from "../../../support/mutation-rows.ts";

const STALE = { error: ItemError.STALE_GENERATION };
const UNKNOWN = { error: ItemError.COMMIT_OUTCOME_UNKNOWN };
const E_UNKNOWN = `E${ItemError.COMMIT_OUTCOME_UNKNOWN}`;
const E_UNREACHABLE = `E${ItemError.LEADER_UNREACHABLE}`;
const E_OVERLOADED = `E${ItemError.OVERLOADED}`;

/** A lane whose leader has taken one batch, so that it pipelines. */
function provenLane(): LaneBench {
  const bench = new LaneBench();
  bench.configure(1);
  bench.submit([900]);
  bench.answer(0, [{ lsn: 1 }]);
  bench.sends.length = 0;
  bench.replies.length = 0;
  return bench;
}

t.test("sending", async (t) => {
  await t.test("the first batch of a generation goes alone, then the lane pipelines", async (t) => {
    const bench = new LaneBench();
    bench.configure(1);
    bench.submit([1]);
    bench.submit([2]);
    bench.submit([3]);
    t.same(bench.sent, ["1@n1:1"]);
    bench.answer(0, [{ lsn: 1 }]);
    t.same(bench.sent, ["1@n1:1", "1@n1:2", "1@n1:3"]);
    bench.answer(2, [{ lsn: 3 }]);
    bench.answer(1, [{ lsn: 2 }]);
    t.same(bench.replied, ["1:1", "3:3", "2:2"]);
    t.ok(bench.lane.idle);
  });

  await t.test("an answer without complaints is handed on as it came", async (t) => {
    const bench = provenLane();
    bench.submit([1, 2]);
    const session = { shardId: 1, sessionToken: "token", durability: 1 };
    bench.answer(0, [{ lsn: 2 }, { error: ItemError.RPO_GATE_CLOSED }], session);
    t.same(bench.replied, [`2:2,E${ItemError.RPO_GATE_CLOSED}`]);
    t.match(bench.replies[0], { session, misplaced: false });
  });

  await t.test("nothing is sent before the shard's configuration is known", async (t) => {
    const bench = new LaneBench();
    bench.submit([1], 100);
    bench.submit([2], 1000);
    bench.pass(100);
    t.same(bench.replied, [`1:${E_UNREACHABLE}`]);
    bench.configure(4);
    t.same(bench.sent, ["4@n4:2"]);
  });

  await t.test("the leader hears how long the caller still waits", async (t) => {
    const bench = new LaneBench();
    bench.submit([1], 700);
    bench.pass(200);
    bench.configure(1);
    t.match(bench.sends, [{ timeoutMs: 500, sends: 1 }]);
  });

  await t.test("a batch whose caller has stopped waiting is not sent", async (t) => {
    const bench = provenLane();
    bench.submit([1], 0);
    t.same(bench.sent, []);
    t.same(bench.replied, [`2:${E_UNREACHABLE}`]);
  });
});

t.test("a leader that has moved on", async (t) => {
  await t.test("refused rows go to the new leader, unseen by the caller", async (t) => {
    const bench = provenLane();
    bench.submit([1, 2]);
    bench.answer(0, [STALE, STALE]);
    t.equal(bench.refreshes, 1);
    t.same(bench.replied, []);
    bench.configure(2);
    bench.answer(1, [{ lsn: 7 }, { lsn: 8 }]);
    t.same(bench.sent, ["1@n1:1,2", "2@n2:1,2"]);
    t.same(bench.replied, ["2:7,8"]);
  });

  await t.test("only the rows that were refused are sent again, and results keep their places", async (t) => {
    const bench = provenLane();
    bench.submit([1, 2, 3]);
    bench.answer(0, [{ lsn: 2 }, STALE, { error: ItemError.TOKEN_REUSED }]);
    bench.configure(2);
    bench.answer(1, [{ lsn: 9 }]);
    t.same(bench.sent, ["1@n1:1,2,3", "2@n2:2"]);
    t.same(bench.replied, [`2:2,9,E${ItemError.TOKEN_REUSED}`]);
  });

  await t.test("what was in flight comes back in the order of submission, before anything new", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.submit([2]);
    bench.answer(0, [STALE]);
    bench.submit([3]);
    bench.configure(2);
    t.equal(bench.sends.length, 2, "the second batch is still out");
    bench.answer(1, [STALE]);
    t.same(bench.sent.slice(2), ["2@n2:1"]);
    bench.answer(2, [{ lsn: 5 }]);
    t.same(bench.sent.slice(3), ["2@n2:2", "2@n2:3"]);
  });

  await t.test("the last answer of a superseded leader proves nothing of its successor", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.configure(2);
    bench.submit([2]);
    bench.submit([3]);
    bench.answer(0, [{ lsn: 2 }]);
    t.same(bench.sent, ["1@n1:1", "2@n2:2"], "the new leader may refuse the first and then take the second");
  });

  await t.test(
    "a node that has not heard of its generation yet is asked again after growing pauses",
    async (t) => {
      const bench = provenLane();
      bench.configure(2, "n1");
      bench.submit([1]);
      bench.answer(0, [STALE]);
      bench.pass(10);
      t.equal(bench.sends.length, 2);
      bench.answer(1, [STALE]);
      bench.pass(10);
      t.equal(bench.sends.length, 2, "the second pause is longer");
      bench.pass(10);
      bench.answer(2, [{ lsn: 3 }]);
      t.same(bench.sent, ["2@n1:1", "2@n1:1", "2@n1:1"]);
      t.same(bench.replied, ["2:3"]);
    },
  );

  await t.test("at the deadline the caller learns that nothing was recorded", async (t) => {
    const bench = provenLane();
    bench.submit([1], 300);
    for (let send = 0; bench.replied.length === 0; ) {
      if (send < bench.sends.length) bench.answer(send++, [STALE]);
      else bench.pass(10);
    }
    t.same(bench.replied, [`2:${E_UNREACHABLE}`]);
    t.equal(bench.nowMs, 1300);
  });

  await t.test("the number of sends is bounded", async (t) => {
    const bench = provenLane();
    bench.submit([1], 3_600_000);
    for (let send = 0; bench.replied.length === 0; ) {
      if (send < bench.sends.length) bench.answer(send++, [STALE]);
      else bench.pass(10);
    }
    t.equal(bench.sends.length, 20);
    t.same(bench.replied, [`2:${E_UNREACHABLE}`]);
  });

  await t.test("an older or equal configuration changes nothing", async (t) => {
    const bench = provenLane();
    bench.configure(1, "n9");
    bench.configure(0, "n9");
    bench.submit([1]);
    bench.submit([2]);
    t.same(bench.sent, ["1@n1:1", "1@n1:2"]);
  });
});

t.test("a broken stream", async (t) => {
  await t.test("what may have been recorded is sent again with its tokens", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.submit([2]);
    bench.lose();
    bench.answer(2, [{ lsn: 2, replayed: true }]);
    t.same(bench.sent, ["1@n1:1", "1@n1:2", "1@n1:1", "1@n1:2"]);
    t.match(bench.sends[2], { sends: 2 });
    t.same(bench.replied, ["2:2"]);
  });

  await t.test("an answer of the lost stream that comes after all is ignored", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.lose();
    bench.answer(0, [{ lsn: 5 }]);
    t.same(bench.replied, []);
  });

  await t.test("the loss of another node's stream is none of this lane's", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.lose("n7");
    t.equal(bench.sends.length, 1);
  });

  await t.test("without a leader by the deadline the outcome is unknown", async (t) => {
    const bench = provenLane();
    bench.submit([1]);
    bench.path = "pending";
    bench.lose();
    bench.submit([2]);
    bench.pass(1000);
    t.same(bench.replied, [`2:${E_UNKNOWN}`, `3:${E_UNREACHABLE}`]);
  });

  await t.test("a refusal before the token is looked up does not tell what the first send did", async (t) => {
    for (const reason of [ItemError.OVERLOADED, ItemError.RPO_GATE_CLOSED, ItemError.SYNC_PEER_UNAVAILABLE]) {
      const bench = provenLane();
      bench.submit([1]);
      bench.lose();
      bench.answer(1, [{ error: reason }]);
      t.same(bench.replied, [`2:${E_UNKNOWN}`]);
    }
  });

  await t.test("a refusal that no send could have escaped is passed on", async (t) => {
    for (const reason of [ItemError.INVALID_REQUEST, ItemError.TOKEN_REUSED, ItemError.ISSUER_NOT_FOUND]) {
      const bench = provenLane();
      bench.submit([1]);
      bench.lose();
      bench.answer(1, [{ error: reason }]);
      t.same(bench.replied, [`2:E${reason}`]);
    }
  });

  await t.test("a stale refusal after it leaves the outcome unknown at the deadline", async (t) => {
    const bench = provenLane();
    bench.submit([1], 200);
    bench.lose();
    bench.path = "pending";
    bench.answer(1, [STALE]);
    bench.pass(200);
    t.same(bench.replied, [`2:${E_UNKNOWN}`]);
  });
});

t.test("an unknown outcome that the leader reports", async (t) => {
  await t.test("is resolved by asking with the same token", async (t) => {
    const bench = provenLane();
    bench.submit([1, 2]);
    bench.answer(0, [{ lsn: 2 }, UNKNOWN]);
    bench.configure(2);
    bench.answer(1, [{ lsn: 4 }]);
    t.same(bench.replied, ["2:2,4"]);
  });

  await t.test("stays unknown when it cannot be resolved in time", async (t) => {
    const bench = provenLane();
    bench.submit([1], 100);
    bench.answer(0, [UNKNOWN]);
    bench.path = "pending";
    bench.pass(100);
    t.same(bench.replied, [`2:${E_UNKNOWN}`]);
  });
});

t.test("late and lost answers", async (t) => {
  await t.test("at the deadline the outcome of what is in flight is unknown", async (t) => {
    const bench = provenLane();
    bench.submit([1], 500);
    bench.pass(500);
    t.same(bench.replied, [`2:${E_UNKNOWN}`]);
    bench.answer(0, [{ lsn: 2 }]);
    t.equal(bench.replied.length, 1, "a caller is answered once");
    t.ok(bench.lane.idle);
  });

  await t.test("an approval older than a second is not believed but asked for again", async (t) => {
    const bench = provenLane();
    bench.submit([1, 2], 5000);
    bench.pass(1010);
    bench.answer(0, [{ lsn: 2 }, { error: ItemError.TOKEN_REUSED }]);
    t.same(bench.replied, []);
    bench.pass(10);
    bench.answer(1, [{ lsn: 2, replayed: true }]);
    t.same(bench.sent, ["1@n1:1,2", "1@n1:1"]);
    t.same(bench.replied, [`2:2,E${ItemError.TOKEN_REUSED}`]);
  });

  await t.test("a leader that is late twice is not asked a third time", async (t) => {
    const bench = provenLane();
    bench.submit([1], 5000);
    bench.pass(1010);
    bench.answer(0, [{ lsn: 2 }]);
    bench.pass(10);
    bench.pass(1010);
    bench.answer(1, [{ lsn: 2, replayed: true }]);
    t.same(bench.replied, [`2:${E_UNKNOWN}`]);
    t.equal(bench.sends.length, 2);
  });

  await t.test("a decline is believed however old it is", async (t) => {
    const bench = provenLane();
    bench.submit([1], 5000);
    bench.pass(1010);
    const results = answerOf([{ lsn: 2 }]);
    results.setDecision(0, Outcome.DECLINED, Decline.LIMIT_EXCEEDED, false, 1, 1, 2, 0, 0, 0);
    bench.step({
      type: "answered",
      nowMs: bench.nowMs,
      sendId: bench.sends[0].sendId,
      results,
      session: undefined,
    });
    t.same(bench.replied, ["2:2"]);
  });

  await t.test("a superseded leader that does not answer holds nobody up", async (t) => {
    const bench = provenLane();
    bench.submit([1], 5000);
    bench.configure(2);
    bench.submit([2], 5000);
    t.equal(bench.sends.length, 1, "it may still answer");
    bench.pass(100);
    bench.answer(1, [{ lsn: 7 }]);
    t.same(bench.sent, ["1@n1:1", "2@n2:1", "2@n2:2"]);
  });
});

t.test("a leader that cannot be reached", async (t) => {
  await t.test("new batches are refused at once while it is down", async (t) => {
    const bench = provenLane();
    bench.path = "down";
    bench.submit([1]);
    t.same(bench.replied, [`2:${E_UNREACHABLE}`]);
  });

  await t.test("what may have been recorded waits for it", async (t) => {
    const bench = provenLane();
    bench.submit([1], 5000);
    bench.path = "down";
    bench.lose();
    bench.submit([2], 5000);
    t.same(bench.replied, [`3:${E_UNREACHABLE}`]);
    bench.pass(500);
    bench.pathChanged("ready");
    bench.answer(1, [{ lsn: 2, replayed: true }]);
    t.same(bench.replied.slice(1), ["2:2"]);
  });

  await t.test("batches wait while it is being dialled", async (t) => {
    const bench = provenLane();
    bench.path = "pending";
    bench.submit([1]);
    t.same(bench.replied, []);
    bench.pathChanged("ready");
    t.same(bench.sent, ["1@n1:1"]);
  });
});

t.test("bounds", async (t) => {
  await t.test("a full stream refuses the batch, not its successor that fits", async (t) => {
    const bench = provenLane();
    bench.path = "full";
    bench.submit([1, 2]);
    bench.path = "ready";
    bench.submit([3]);
    t.same(bench.replied, [`2:${E_OVERLOADED},${E_OVERLOADED}`]);
    t.same(bench.sent, ["1@n1:3"]);
  });

  await t.test("more waiting rows than allowed are refused, one oversized batch is not", async (t) => {
    const bench = new LaneBench(3);
    bench.submit([1, 2, 3, 4]);
    bench.submit([5]);
    t.same(bench.replied, [`2:${E_OVERLOADED}`]);
    bench.configure(1);
    t.same(bench.sent, ["1@n1:1,2,3,4"]);
  });

  await t.test("an error carries the pause after which a retry may help", async (t) => {
    const bench = provenLane();
    bench.path = "down";
    bench.submit([1]);
    t.match(bench.replies[0].results.read(0), { retryAfterMs: 50, shardId: 1 });
  });
});

t.test("an issuer that lives elsewhere is reported as misplaced", async (t) => {
  const bench = provenLane();
  bench.submit([1, 2]);
  bench.answer(0, [{ lsn: 2 }, { error: ItemError.WRONG_SHARD }]);
  t.match(bench.replies, [{ misplaced: true }]);
  t.same(bench.replied, [`2:2,E${ItemError.WRONG_SHARD}`]);
});
