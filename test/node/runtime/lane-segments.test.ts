// The pace at which segments are made ahead.
import t from "tap";
import { SegmentPreparation } from "../../../node/runtime/lane-segments.ts";

const KIB = 1024;

t.test("a preparation begins once, when a round says so, and again after it ended", async (t) => {
  const segments = new SegmentPreparation();
  t.notOk(segments.onRound(1, 100, false));
  t.ok(segments.onRound(1, 100, true));
  t.notOk(segments.onRound(1, 100, true));
  t.ok(segments.onRound(2, 100, true), "shards are apart");
  t.ok(segments.onPiece(1, 5));
  t.notOk(segments.onPiece(1, 0));
  t.ok(segments.onRound(1, 100, true));
});

t.test("pieces are four times what was written, within bounds", async (t) => {
  const segments = new SegmentPreparation();
  segments.onRound(1, 10, true);
  t.equal(segments.takePiece(1), 256 * KIB);
  segments.onRound(1, 300 * KIB, true);
  segments.onRound(1, 200 * KIB, false);
  t.equal(segments.takePiece(1), 2000 * KIB);
  t.equal(segments.takePiece(1), 256 * KIB, "what was counted is not counted again");
  segments.onRound(1, 50_000 * KIB, true);
  t.equal(segments.takePiece(1), 4096 * KIB);
});
