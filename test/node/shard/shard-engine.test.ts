import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { type Random, seededRandom } from "../../../common/random.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { FRAME_RECORDS_MAX } from "../../../node/shard/frame.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";
import { auditLog } from "../../support/shard/log-audit.ts";
import { ModelRun } from "../../support/shard/model-run.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";
import { stateSummary } from "../../support/shard/state-summary.ts";

// Few of everything, so that sequences collide: the same tokens with other contents, the same
// reservation changed twice, limits reached and moved below what is reserved.
const reserveToken = fc.nat(9).map((number) => namedToken(`reserve-${number}`));
const otherToken = fc.nat(9).map((number) => namedToken(`other-${number}`));
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
const common = {
  issuerId: fc.oneof({ weight: 9, arbitrary: fc.constantFrom("A", "B") }, mostly("C", "D")),
  desk: mostly("", "MAD"),
  trader: mostly("", "ana"),
  labels: mostly("", '{"book":"b1"}'),
};
const reserve = fc.record({
  ...common,
  kind: fc.constant(Kind.RESERVE),
  token: fc.oneof({ weight: 9, arbitrary: reserveToken }, otherToken),
  amountMinor: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 40 }) },
    fc.constantFrom(0, 100, 2 ** 40),
  ),
  currency: mostly("", "EUR", "USD"),
  ttlMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 1000, 40_000),
});
const change = fc.record({
  ...common,
  kind: fc.constantFrom(Kind.RELEASE, Kind.SETTLE, Kind.AMEND),
  token: fc.oneof({ weight: 9, arbitrary: otherToken }, reserveToken),
  targetToken: reserveToken,
  amountMinor: fc.integer({ min: 1, max: 60 }),
});
const own = fc.record({
  ...common,
  kind: fc.constantFrom(Kind.SET_LIMIT, Kind.REGISTER_ISSUER, Kind.TOKEN_FENCE),
  token: otherToken,
  amountMinor: fc.constantFrom(0, 30, 50, 100, 200),
  currency: fc.constantFrom("EUR", "USD"),
});
const mutation: fc.Arbitrary<MutationFields> = fc.oneof(
  { weight: 6, arbitrary: reserve },
  { weight: 5, arbitrary: change },
  { weight: 1, arbitrary: own },
);
const batch = fc.array(mutation, { minLength: 1, maxLength: 6 });

type Step = (run: ModelRun) => void;
const anywhere: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: batch.map(
      (mutations): Step =>
        (run) =>
          run.submit(mutations),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat(1000).map(
      (number): Step =>
        (run) =>
          run.repeat(number),
    ),
  },
  { weight: 5, arbitrary: fc.constant<Step>((run) => run.take(run.host.flush())) },
  { weight: 5, arbitrary: fc.constant<Step>((run) => run.sync()) },
  { weight: 5, arbitrary: fc.constant<Step>((run) => run.settle()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(250, 5000, 20_000).map(
      (ms): Step =>
        (run) =>
          run.pass(ms),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((run) => run.checkpoint.save(run.host.engine.state)) },
  {
    weight: 1,
    arbitrary: mostly(false, true).map(
      (full): Step =>
        (run) =>
          run.setDiskFull(full),
    ),
  },
);
const withPeer: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: anywhere },
  { weight: 6, arbitrary: fc.constant<Step>((run) => run.acknowledge()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (crashes): Step =>
        (run) =>
          run.detach(crashes),
    ),
  },
  { weight: 4, arbitrary: fc.constant<Step>((run) => run.attach()) },
);

function check(run: ModelRun, steps: readonly Step[]): void {
  run.submit([
    {
      kind: Kind.REGISTER_ISSUER,
      token: namedToken("first"),
      issuerId: "A",
      amountMinor: 100,
      currency: "EUR",
    },
    {
      kind: Kind.REGISTER_ISSUER,
      token: namedToken("second"),
      issuerId: "B",
      amountMinor: 50,
      currency: "USD",
    },
  ]);
  for (const step of steps) step(run);
  run.settle();
  run.checkState();
  if (hasTimeToLive(run)) outlive(run);
  auditLog(run.host.log.frames);
  checkCopies(run);
}

function hasTimeToLive(run: ModelRun): boolean {
  return run.model.reservations().some(({ state, ttlMs }) => state === "OPEN" && ttlMs > 0);
}

/** Long after, everything that had a time to live is over. */
function outlive(run: ModelRun): void {
  run.pass(75_000);
  for (let i = 0; i < 3; i++) {
    run.settle();
    run.pass(250);
  }
  run.settle();
  run.checkState();
  assert.ok(!hasTimeToLive(run));
}

/** The log alone, or a checkpoint and the rest of the log, make the same state; a peer holds the same bytes. */
function checkCopies({ host, peer, checkpoint }: ModelRun): void {
  const replayed = new ShardState(TOKEN_HASH_KEY);
  for (const frame of host.log.frames) replayed.applyFrame(frame);
  const restored = checkpoint.restore(host.log, host.log.lastLsn);
  const summary = stateSummary(host.engine.state, host.log);
  assert.deepEqual(stateSummary(replayed, host.log), summary);
  assert.deepEqual(stateSummary(restored, host.log), summary);
  if (peer === undefined) return;
  assert.deepEqual(
    peer.log.frames.map(({ chain }) => chain),
    host.log.frames.map(({ chain }) => chain),
  );
}

/** Everything a leader can answer under the steps above; a run that misses one tests too little. */
const OUTCOMES = [
  "APPROVED",
  "APPROVED replayed",
  "DECLINED LIMIT_EXCEEDED",
  "DECLINED LIMIT_EXCEEDED replayed",
  "DECLINED NOT_OPEN",
  "DECLINED NOT_OPEN replayed",
  "DECLINED FENCED",
  "DECLINED FENCED replayed",
  "INVALID_REQUEST",
  "ISSUER_NOT_FOUND",
  "ISSUER_EXISTS",
  "TOKEN_REUSED",
  "RESERVATION_NOT_FOUND",
  "OVERLOADED",
  "STORAGE_FULL",
];

t.test("alone in its ack set, a leader decides, replays and counts as the contract says", async (t) => {
  const seen = new Map<string, number>();
  const steps = fc.array(anywhere, { maxLength: 80, size: "max" });
  fc.assert(
    fc.property(steps, (each) => check(new ModelRun(false, seen, 24), each)),
    { numRuns: 700 },
  );
  t.strictSame(
    OUTCOMES.filter((outcome) => !seen.has(outcome)),
    [],
  );
});

t.test("so it does with a peer that comes and goes", async (t) => {
  const seen = new Map<string, number>();
  const steps = fc.array(withPeer, { maxLength: 80, size: "max" });
  fc.assert(
    fc.property(steps, (each) => check(new ModelRun(true, seen, 24), each)),
    { numRuns: 700 },
  );
  t.strictSame(
    [...OUTCOMES, "SYNC_PEER_UNAVAILABLE"].filter((outcome) => !seen.has(outcome)),
    [],
  );
});

t.test("and with batches that fill several frames", async (t) => {
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed);
    const run = new ModelRun(true, new Map());
    const batches = Array.from({ length: 3 }, () =>
      Array.from({ length: 5000 }, () => randomMutation(random)),
    );
    check(
      run,
      batches.map(
        (mutations): Step =>
          (each) =>
            each.submit(mutations),
      ),
    );
    t.ok(
      run.host.log.frames.some(({ count }) => count === FRAME_RECORDS_MAX),
      `seed ${seed} fills frames`,
    );
  }
});

/** One of many tokens of twenty issuers: most of them fresh, some retried, some taken for another request. */
function randomMutation(random: Random): MutationFields {
  const number = random.integer(0, 40_000);
  const kinds = [...Array<Kind>(9).fill(Kind.RESERVE), Kind.RELEASE, Kind.SETTLE, Kind.AMEND];
  const isRegistration = random.integer(0, 99) === 0;
  return {
    kind: isRegistration ? Kind.REGISTER_ISSUER : kinds[number % kinds.length],
    token: namedToken(`t${number}`),
    targetToken: namedToken(`t${random.integer(0, 40_000)}`),
    amountMinor: isRegistration ? 10_000 : 1 + (number % 50),
    issuerId: `MUNI-${isRegistration ? random.integer(0, 19) : number % 20}`,
    currency: "EUR",
    desk: "",
    trader: "",
    labels: "",
    ttlMs: 0,
  };
}
