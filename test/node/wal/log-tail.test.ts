import t from "tap";
import { LOG_START, sameIdentity, sequenceFault, tailOf } from "../../../node/wal/log-tail.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";

t.test("the next frame continues a log", async (t) => {
  const [first, second] = new FrameChain().take(2, 3);
  t.equal(sequenceFault(first, LOG_START, TEST_IDENTITY), undefined);
  t.strictSame(tailOf(first), { lsn: 3, generation: 1, chain: first.chain });
  t.equal(sequenceFault(second, tailOf(first), TEST_IDENTITY), undefined);
});

t.test("any other does not, and it is said why", async (t) => {
  const [first, second] = new FrameChain().take(2, 3);
  const tail = tailOf(first);
  const foreign = { ...TEST_IDENTITY, incarnation: new Uint8Array(16) };
  t.equal(sequenceFault(second, tail, foreign), "incarnation");
  t.equal(sequenceFault(first, tail, TEST_IDENTITY), "sequence");
  t.equal(sequenceFault(second, { ...tail, chain: new Uint8Array(32) }, TEST_IDENTITY), "chain");
  t.equal(sequenceFault(second, { ...tail, generation: 2 }, TEST_IDENTITY), "generation");
});

t.test("an identity is the shard and its life", async (t) => {
  t.equal(sameIdentity(TEST_IDENTITY, { ...TEST_IDENTITY }), true);
  t.equal(sameIdentity(TEST_IDENTITY, { ...TEST_IDENTITY, shardId: 8 }), false);
  t.equal(sameIdentity(TEST_IDENTITY, { ...TEST_IDENTITY, incarnation: new Uint8Array(16) }), false);
});
