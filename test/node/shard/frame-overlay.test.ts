import t from "tap";
import { FrameOverlay } from "../../../node/shard/frame-overlay.ts";
import { State } from "../../../node/shard/reservation-table.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";

function committed(): ShardState {
  const state = new ShardState(TOKEN_HASH_KEY);
  state.issuers.register(0, "MUNI-0", "EUR", 2);
  state.issuers.advance(0, 5, 100, 1000);
  return state;
}

t.test("what the frame did not touch is as committed", async (t) => {
  const overlay = new FrameOverlay(committed());
  overlay.reset();
  t.strictSame([overlay.issuerNumber("MUNI-0"), overlay.issuerNumber("MUNI-9")], [0, -1]);
  t.strictSame([overlay.exposureMinor(0), overlay.limitMinor(0), overlay.lastLsn(0)], [100, 1000, 5]);
  t.strictSame([overlay.issuerCurrency("MUNI-0", 0), overlay.registeredLsn("MUNI-0", 0)], ["EUR", 2]);
  t.equal(overlay.reservation(3), undefined);
});

t.test("what the frame did is seen at once, and forgotten with the frame", async (t) => {
  const state = committed();
  const overlay = new FrameOverlay(state);
  overlay.reset();
  overlay.advance(0, 6, 150, 900);
  overlay.setReservation(3, { state: State.SETTLED, amountMinor: 50, latestLsn: 6, version: 2 });
  t.strictSame([overlay.exposureMinor(0), overlay.limitMinor(0), overlay.lastLsn(0)], [150, 900, 6]);
  t.equal(overlay.reservation(3)?.state, State.SETTLED);
  t.equal(state.issuers.exposureMinor(0), 100, "committed state is not touched");
  overlay.reset();
  t.strictSame([overlay.exposureMinor(0), overlay.limitMinor(0), overlay.lastLsn(0)], [100, 1000, 5]);
  t.equal(overlay.reservation(3), undefined);
});

t.test("new issuers get the next numbers, however many", async (t) => {
  const overlay = new FrameOverlay(committed());
  overlay.reset();
  for (let i = 1; i <= 100; i++) {
    const number = overlay.registerIssuer(`MUNI-${i}`, "USD", 10 + i);
    overlay.advance(number, 10 + i, 0, i);
  }
  t.strictSame(
    [overlay.issuerNumber("MUNI-64"), overlay.limitMinor(64), overlay.limitMinor(0)],
    [64, 64, 1000],
  );
  t.strictSame([overlay.issuerCurrency("MUNI-64", 64), overlay.registeredLsn("MUNI-64", 64)], ["USD", 74]);
  overlay.reset();
  t.equal(overlay.issuerNumber("MUNI-64"), -1);
  t.equal(overlay.registerIssuer("MUNI-65", "EUR", 20), 1, "numbers of a lost frame are given again");
});
