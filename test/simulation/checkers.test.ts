import t from "tap";
import { Decline, Kind, Outcome } from "../../common/batch/kinds.ts";
import { CHAIN_START } from "../../node/shard/checksums.ts";
import { type Frame, RecordRow } from "../../node/shard/frame.ts";
import { FrameBuilder } from "../../node/shard/frame-builder.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { AcknowledgedIsDurable } from "./checkers/acknowledged-is-durable.ts";
import { EqualPositionsEqualBytes } from "./checkers/equal-positions-equal-bytes.ts";
import { ExposureWithinLimit } from "./checkers/exposure-within-limit.ts";
import { OneLeaderPerGeneration } from "./checkers/one-leader-per-generation.ts";
import { OneTokenOneOutcome } from "./checkers/one-token-one-outcome.ts";
import { Violation } from "./violation.ts";

type Row = {
  kind: number;
  decline?: number;
  amountMinor: number;
  exposureMinor: number;
  limitMinor: number;
  target?: number;
};

/** A frame of one issuer's records, as a leader with bugs might write it. */
function frameOf(firstLsn: number, rows: readonly Row[], leaderTimeMs = 1): Frame {
  const builder = new FrameBuilder();
  for (const row of rows) {
    const at = builder.addRow();
    const decline = row.decline ?? Decline.NONE;
    builder.setKind(at, row.kind, decline === Decline.NONE ? Outcome.APPROVED : Outcome.DECLINED, decline);
    builder.setInt64(at, RecordRow.AMOUNT_MINOR, row.amountMinor);
    builder.setInt64(at, RecordRow.EXPOSURE_MINOR, row.exposureMinor);
    builder.setInt64(at, RecordRow.LIMIT_MINOR, row.limitMinor);
    builder.setInt64(at, RecordRow.RESERVATION_LSN, row.target ?? 0);
  }
  const incarnation = new Uint8Array(16);
  const context = {
    incarnation,
    generation: 1,
    firstLsn,
    leaderTimeMs,
    commitLsnHint: 0,
    prevChain: CHAIN_START,
  };
  return builder.finish(context, nodeChecksums);
}

const REGISTERED: Row = { kind: Kind.REGISTER_ISSUER, amountMinor: 100, exposureMinor: 0, limitMinor: 100 };
const reserved = (amountMinor: number, exposureMinor: number, decline?: number): Row => ({
  kind: Kind.RESERVE,
  amountMinor,
  exposureMinor,
  limitMinor: 100,
  decline,
});

t.test("exposure-within-limit accepts a sound log", async (t) => {
  const checker = new ExposureWithinLimit();
  const release = { kind: Kind.RELEASE, amountMinor: 60, exposureMinor: 0, limitMinor: 100, target: 2 };
  const declined = reserved(60, 60, Decline.LIMIT_EXCEEDED);
  t.doesNotThrow(() => checker.onApplied(frameOf(1, [REGISTERED, reserved(60, 60), declined, release])));
});

t.test("exposure-within-limit fails on", async (t) => {
  const cases: Record<string, Row[]> = {
    "an approval over the limit": [REGISTERED, reserved(101, 101)],
    "a wrong exposure": [REGISTERED, reserved(60, 50)],
    "a decline with headroom": [REGISTERED, reserved(60, 0, Decline.LIMIT_EXCEEDED)],
    "a release of nothing": [
      REGISTERED,
      { kind: Kind.RELEASE, amountMinor: 5, exposureMinor: 0, limitMinor: 100, target: 9 },
    ],
  };
  for (const [name, rows] of Object.entries(cases)) {
    t.throws(() => new ExposureWithinLimit().onApplied(frameOf(1, rows)), Violation, name);
  }
  t.throws(() => new ExposureWithinLimit().onApplied(frameOf(2, [REGISTERED])), Violation, "a gap");
});

t.test("one-token-one-outcome fails on another decision, reason or position", async (t) => {
  const answer = { outcome: 1, reason: 0, generation: 1, lsn: 5, replayed: false };
  for (const change of [{ outcome: 2 }, { reason: 1 }, { lsn: 6 }, { generation: 2 }]) {
    const checker = new OneTokenOneOutcome();
    checker.onAnswer("issuer", "token", answer);
    t.doesNotThrow(() => checker.onAnswer("issuer", "token", { ...answer, replayed: true }));
    t.throws(() => checker.onAnswer("issuer", "token", { ...answer, ...change }), Violation);
  }
});

t.test("acknowledged-is-durable fails when a member of the ack set lacks the record", async (t) => {
  const checker = new AcknowledgedIsDurable();
  checker.onDurable("a", 5);
  checker.onDurable("b", 4);
  t.doesNotThrow(() => checker.onAcknowledged(["a", "b"], 4));
  t.throws(() => checker.onAcknowledged(["a", "b"], 5), Violation);
});

t.test("equal-positions-equal-bytes fails on two frames at one position", async (t) => {
  const checker = new EqualPositionsEqualBytes();
  checker.onFrame("a", frameOf(1, [REGISTERED], 1));
  t.doesNotThrow(() => checker.onFrame("b", frameOf(1, [REGISTERED], 1)));
  t.throws(() => checker.onFrame("b", frameOf(1, [REGISTERED], 2)), Violation);
});

t.test("one-leader-per-generation fails on a second leader", async (t) => {
  const checker = new OneLeaderPerGeneration();
  checker.onFrameBuilt("a", 1);
  checker.onFrameBuilt("b", 2);
  t.throws(() => checker.onFrameBuilt("b", 1), Violation);
});
