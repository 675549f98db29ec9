import t from "tap";
import { type Approved, type Decision, type Declined, StoreError } from "../../../client/index.ts";
import { systemClock } from "../../../common/clock.ts";
import { History, type OpenOperation } from "../history/history.ts";
import type { ExposureRead, OperationRequest } from "../history/operation.ts";
import { acknowledgedSurvives, type FinalStatus, refusedStaysAway } from "./acknowledged-survives.ts";
import { exposureFollowsHistory } from "./exposure-follows-history.ts";
import { oneTokenOneOutcome } from "./one-token-one-outcome.ts";
import { positionsFollowTime } from "./positions-follow-time.ts";
import { readsSeeWrites } from "./reads-see-writes.ts";
import { timeWithoutWritesMs, writesWithin } from "./time-without-writes.ts";

const ISSUER = "acme";
const LIMIT_MINOR = 100;
const LIMITS = new Map([[ISSUER, LIMIT_MINOR]]);

function label(lsn: number): Approved["label"] {
  const position = { shardId: 0, generation: 1, lsn };
  const durability = "LOCAL_SYNC";
  return { position, sessionToken: "s", durability, replayed: false, remainingHeadroomMinor: undefined };
}

function approved(lsn: number): Approved {
  return { token: "", decision: "APPROVED", reservationId: `R${lsn}`, label: label(lsn) };
}

function declined(lsn: number): Declined {
  return { token: "", decision: "DECLINED", reason: "LIMIT_EXCEEDED", reservationId: "", label: label(lsn) };
}

/** A history written by hand: each operation takes a millisecond, one after the other. */
class WrittenHistory {
  readonly history: History;
  readonly statuses = new Map<string, FinalStatus>();
  #nowMs = 0;

  constructor() {
    this.history = new History({ ...systemClock, monotonicMs: () => this.#nowMs++ });
  }

  begin(token: string, more: Partial<OperationRequest> = {}): OpenOperation {
    const request = {
      kind: "reserve",
      issuerId: ISSUER,
      token,
      targetToken: "",
      amountMinor: 40,
      region: "madrid",
    };
    return this.history.begin({ ...request, ...more } as OperationRequest);
  }

  /** An operation that was answered, and is still there in the end. */
  decide(token: string, decision: Decision, more: Partial<OperationRequest> = {}): OpenOperation {
    const operation = this.begin(token, more);
    this.history.decide(operation, decision);
    this.statuses.set(token, { status: decision.decision, decision });
    return operation;
  }
}

/** Two reservations that fit and one that does not. */
function soundHistory(): WrittenHistory {
  const written = new WrittenHistory();
  written.decide("a", approved(1));
  written.decide("b", approved(2));
  written.decide("c", declined(3));
  return written;
}

const OBSERVED = {
  sums: { limitMinor: LIMIT_MINOR, exposureMinor: 80, openCount: 2, settledCount: 0 },
  open: [
    { token: "b", amountMinor: 40 },
    { token: "a", amountMinor: 40 },
  ],
};

const issuers = (observed: typeof OBSERVED) => [{ issuerId: ISSUER, limitMinor: LIMIT_MINOR, observed }];

t.test("a sound history passes every check", async (t) => {
  const { history, statuses } = soundHistory();
  t.same(oneTokenOneOutcome(history), []);
  t.same(acknowledgedSurvives(history, statuses), []);
  t.same(refusedStaysAway(history, statuses), []);
  t.same(exposureFollowsHistory(history, issuers(OBSERVED)), []);
  t.same(positionsFollowTime(history), []);
});

t.test("a token with two outcomes is found", async (t) => {
  const cases: [string, Decision][] = [
    ["an approval that became a decline", declined(1)],
    ["another position", approved(4)],
    ["another reservation", { ...approved(1), reservationId: "R9" }],
  ];
  for (const [what, decision] of cases) {
    const { history } = soundHistory();
    const [operation] = history.decided;
    history.repeats.push({ operation, decision: approved(1) }, { operation, decision });
    t.equal(oneTokenOneOutcome(history).length, 1, what);
  }
});

t.test("two tokens at one position are found", async (t) => {
  const written = soundHistory();
  written.decide("d", declined(3));
  t.match(oneTokenOneOutcome(written.history), [/^c and d both stand at 0\/1\/3$/]);
});

t.test("an acknowledged write that is gone, or is another one, is found", async (t) => {
  const cases: [string, FinalStatus | undefined][] = [
    ["not asked", undefined],
    ["gone", { status: "NOT_FOUND", decision: undefined }],
    ["fenced", { status: "FENCED", decision: declined(1) }],
    ["at another position", { status: "APPROVED", decision: approved(7) }],
    ["the other way round", { status: "DECLINED", decision: declined(1) }],
  ];
  for (const [what, status] of cases) {
    const { history, statuses } = soundHistory();
    if (status === undefined) statuses.delete("a");
    else statuses.set("a", status);
    t.equal(acknowledgedSurvives(history, statuses).length, 1, what);
  }
});

t.test("a refused request that took effect is found", async (t) => {
  const { history, statuses } = soundHistory();
  const refused = history.begin({ ...history.decided[0].request, token: "r" });
  history.refuse(refused, new StoreError("SYNC_PEER_UNAVAILABLE"));
  statuses.set("r", { status: "NOT_FOUND", decision: undefined });
  t.same(refusedStaysAway(history, statuses), []);
  statuses.set("r", { status: "APPROVED", decision: approved(4) });
  t.equal(refusedStaysAway(history, statuses).length, 1);
});

t.test("decisions the rules do not allow are found", async (t) => {
  const oversold = soundHistory();
  oversold.decide("d", approved(4));
  t.match(exposureFollowsHistory(oversold.history, issuers(OBSERVED)), [
    /oversold/,
    /exposureMinor/,
    /openCount/,
    /d is missing/,
  ]);
  const stingy = new WrittenHistory();
  stingy.decide("a", declined(1));
  t.match(exposureFollowsHistory(stingy.history, issuers(OBSERVED)).join(), /declined-with-headroom/);
});

t.test("a store that differs from its history is found", async (t) => {
  const { history } = soundHistory();
  const [first] = OBSERVED.open;
  const cases: [string, typeof OBSERVED][] = [
    ["exposure", { ...OBSERVED, sums: { ...OBSERVED.sums, exposureMinor: 81 } }],
    ["limit", { ...OBSERVED, sums: { ...OBSERVED.sums, limitMinor: 99 } }],
    ["missing reservation", { ...OBSERVED, open: [first] }],
    ["unknown reservation", { ...OBSERVED, open: [...OBSERVED.open, { token: "x", amountMinor: 1 }] }],
    ["reservation listed twice", { ...OBSERVED, open: [...OBSERVED.open, first] }],
  ];
  for (const [what, observed] of cases) {
    t.equal(exposureFollowsHistory(history, issuers(observed)).length, 1, what);
  }
});

t.test("a write that stands before one it followed is found", async (t) => {
  const written = new WrittenHistory();
  written.decide("late", approved(2));
  written.decide("early", approved(1));
  t.match(positionsFollowTime(written.history), [/early was sent after late and stands before it/]);
  const concurrent = new WrittenHistory();
  const open = concurrent.begin("slow");
  concurrent.decide("quick", approved(1));
  concurrent.history.decide(open, approved(2));
  t.same(positionsFollowTime(concurrent.history), [], "operations that overlap may stand either way");
});

t.test("a read that misses a write, or sees what never was, is found", async (t) => {
  const read = (more: Partial<ExposureRead>): ExposureRead => ({
    issuerId: ISSUER,
    contract: "linearizable",
    region: "madrid",
    invokedMs: 100,
    exposureMinor: 80,
    applied: { shardId: 0, generation: 1, lsn: 3 },
    ...more,
  });
  const stale = { applied: { shardId: 0, generation: 1, lsn: 1 }, exposureMinor: 40 };
  const cases: [string, ExposureRead, number][] = [
    ["the newest state", read({}), 0],
    ["too old", read(stale), 1],
    ["old, and sent before the writes were answered", read({ ...stale, invokedMs: 2 }), 0],
    ["a session that does not see its own writes", read({ ...stale, contract: "session" }), 1],
    ["a session of somebody else", read({ ...stale, contract: "session", region: "new-york" }), 0],
    ["a sum that never was", read({ exposureMinor: 41 }), 1],
  ];
  for (const [what, observed, findings] of cases) {
    const { history } = soundHistory();
    history.reads.push(observed);
    t.equal(readsSeeWrites(history, LIMITS).length, findings, what);
  }
});

t.test("the time without writes spans the gap between answers", async (t) => {
  const written = new WrittenHistory();
  written.decide("a", approved(1)); // answered at 1
  written.decide("b", approved(2)); // answered at 3
  written.decide("replay", { ...approved(1), label: { ...label(1), replayed: true } }); // answered at 5
  written.decide("c", approved(3)); // answered at 7
  const { decided } = written.history;
  t.equal(timeWithoutWritesMs(decided, { fromMs: 2, toMs: 7 }), 4, "a replay is no write");
  t.equal(timeWithoutWritesMs(decided, { fromMs: 4, toMs: 7 }), 4, "a gap counts from the answer before it");
  t.equal(timeWithoutWritesMs(decided, { fromMs: 6, toMs: 17 }), 10, "a gap lasts to the end of the stretch");
  t.equal(timeWithoutWritesMs([], { fromMs: 3, toMs: 17 }), 14, "without any write all of it is a gap");
  t.equal(writesWithin(decided, { fromMs: 2, toMs: 6 }), 1, "only what began and ended within it");
});

t.test("an end that is known does not change", async (t) => {
  const written = new WrittenHistory();
  const operation = written.decide("a", approved(1));
  t.throws(() => written.history.decide(operation, declined(1)), /has ended before/);
});
