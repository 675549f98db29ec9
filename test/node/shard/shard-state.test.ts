import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { State } from "../../../node/shard/reservation-table.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { CheckpointCopy } from "../../support/shard/checkpoint-copy.ts";
import { findToken } from "../../support/shard/find-token.ts";
import { FrameAuthor, TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";
import { stateSummary } from "../../support/shard/state-summary.ts";

const ISSUER = { issuerId: "MUNI-7" };

function reserve(name: string, changes: Partial<MutationFields> = {}): MutationFields {
  return { kind: Kind.RESERVE, token: namedToken(name), ...ISSUER, amountMinor: 10, ...changes };
}

function change(
  kind: typeof Kind.RELEASE | typeof Kind.SETTLE | typeof Kind.AMEND,
  name: string,
  target: string,
): MutationFields {
  return { kind, token: namedToken(name), ...ISSUER, targetToken: namedToken(target), amountMinor: 5 };
}

/** START and one issuer with a limit of 100. */
function author(): FrameAuthor {
  const made = new FrameAuthor();
  made.start();
  made.write({
    kind: Kind.REGISTER_ISSUER,
    token: namedToken("t0"),
    ...ISSUER,
    amountMinor: 100,
    currency: "EUR",
  });
  return made;
}

t.test("frames add up to issuers, reservations, tokens and lineage", async (t) => {
  const made = author();
  made.write(reserve("t1"), reserve("t2"), reserve("t3", { amountMinor: 1000 }));
  made.write(
    change(Kind.SETTLE, "t4", "t1"),
    change(Kind.AMEND, "t5", "t2"),
    change(Kind.RELEASE, "t6", "t1"),
  );
  const { state } = made;
  t.equal(state.appliedLsn, 8);
  t.strictSame(state.lineage, [{ generation: 1, startLsn: 1 }]);
  const { exposureMinor, limitMinor, openCount, settledCount, lastLsn } = state.issuers.row(0);
  t.strictSame([exposureMinor, limitMinor, openCount, settledCount, lastLsn], [15, 100, 1, 1, 8]);
  t.strictSame(
    [3, 4, 5].map((lsn) => state.reservations.state(lsn)),
    [State.SETTLED, State.OPEN, State.NONE],
  );
  t.strictSame(
    [3, 4].map((lsn) => state.reservations.latestLsn(lsn)),
    [6, 7],
  );
  const tokens = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"].map((name) => namedToken(name));
  t.strictSame(
    tokens.map((token) => findToken(state, made.log, 0, token)),
    [2, 3, 4, 5, 6, 7, 8, 0],
  );
});

t.test("an expiry gives back, and carries no token", async (t) => {
  const made = author();
  made.write(reserve("t1", { ttlMs: 1000 }));
  const before = made.state.tokens.count;
  made.expire(3);
  t.equal(made.state.reservations.state(3), State.EXPIRED);
  t.strictSame([made.state.issuers.exposureMinor(0), made.state.issuers.openCount(0)], [0, 0]);
  t.equal(made.state.tokens.count, before);
});

t.test("times to live run from the leader's time of the frame", async (t) => {
  const made = author();
  made.timeMs = EPOCH_MS + 500;
  made.write(reserve("t1", { ttlMs: 1000 }), reserve("t2"));
  t.equal(made.state.expiries.takeDue(EPOCH_MS + 1499), undefined);
  t.strictSame(made.state.expiries.takeDue(EPOCH_MS + 1500), { lsn: 3, atMs: EPOCH_MS + 1500 });
  t.equal(made.state.expiries.size, 0);
});

t.test("frames are applied in order, each once", async (t) => {
  const { log } = author();
  const state = new ShardState(TOKEN_HASH_KEY);
  t.throws(() => state.applyFrame(log.frameAt(2)), { message: "frames are applied in order" });
  state.applyFrame(log.frameAt(1));
  t.throws(() => state.applyFrame(log.frameAt(1)), { message: "frames are applied in order" });
});

t.test("closed reservations do not wait for their time in memory", async (t) => {
  const made = author();
  const limit = { kind: Kind.SET_LIMIT, token: namedToken("limit"), ...ISSUER, amountMinor: 1e9 };
  made.write(limit, reserve("kept", { ttlMs: 1000 }));
  for (let i = 0; i < 3000; i++) {
    made.write(
      reserve(`open${i}`, { ttlMs: 30 * 86_400_000 }),
      change(Kind.RELEASE, `close${i}`, `open${i}`),
    );
  }
  t.ok(made.state.expiries.size <= 1025, `${made.state.expiries.size} entries for one open reservation`);
  t.equal(made.state.expiries.takeDue(EPOCH_MS + 1000)?.lsn, 4);
});

t.test("a state restored from a checkpoint within a token run is the same", async (t) => {
  // A run holds 131 072 tokens: the first is sealed in the middle of a frame.
  const made = author();
  const checkpoint = new CheckpointCopy();
  const rows = 4000;
  made.write({ kind: Kind.SET_LIMIT, token: namedToken("limit"), ...ISSUER, amountMinor: 1e9 });
  for (let frame = 0; frame < 34; frame++) {
    made.write(
      ...Array.from({ length: rows }, (_, row) =>
        reserve(`${frame}/${row}`, { ttlMs: row % 7 === 0 ? 1000 : 0 }),
      ),
    );
    if (frame === 10 || frame === 32) checkpoint.save(made.state);
  }
  const sealed = made.state.tokens.sealedThroughLsn;
  t.ok(sealed > 0 && made.log.frameAt(sealed).lastLsn !== sealed, "sealed in the middle of a frame");
  const restored = checkpoint.restore(made.log, made.log.lastLsn);
  t.equal(restored.tokens.sealedThroughLsn, sealed);
  const issuer = made.state.issuers.numberOf(ISSUER.issuerId);
  for (const name of ["0/0", "16/2000", "32/3900", "33/3999"]) {
    const found = findToken(restored, made.log, issuer, namedToken(name));
    t.equal(found, findToken(made.state, made.log, issuer, namedToken(name)), name);
    t.ok(found > 0);
  }
  t.strictSame(stateSummary(restored, made.log), stateSummary(made.state, made.log));
});
