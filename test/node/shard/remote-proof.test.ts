import t from "tap";
import { RemoteProof } from "../../../node/shard/remote-proof.ts";

t.test("before the first proof the age is unknown", async (t) => {
  const proof = new RemoteProof();
  t.equal(proof.ageMs(1000), undefined);
  proof.noteSent(1000, 5);
  t.equal(proof.ageMs(1000), undefined, "sending proves nothing");
});

t.test("proof reaches back to the time of the message that is covered", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(1000, 5);
  proof.noteSent(1100, 7);
  proof.noteAcked(5, 0, 1000);
  t.equal(proof.ageMs(1200), 200);
  proof.noteAcked(7, 0, 1100);
  t.equal(proof.ageMs(1200), 100);
  t.equal(proof.durableLsn, 7);
});

t.test("durability that does not reach the message's commit position proves nothing", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(1000, 5);
  proof.noteAcked(4, 0, 1000);
  t.equal(proof.ageMs(1200), undefined);
  proof.noteAcked(5, 0, 1000);
  t.equal(proof.ageMs(1200), 200);
});

t.test("an answer to an older message proves nothing for a newer one", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(1000, 5);
  proof.noteSent(1100, 5);
  proof.noteAcked(9, 0, 1000);
  t.equal(proof.ageMs(1200), 200);
});

t.test("steady load is no lag: the proof advances while the remote is always a bit behind", async (t) => {
  const proof = new RemoteProof();
  for (let i = 0; i < 1000; i++) {
    proof.noteSent(i * 10, i);
    if (i >= 9) proof.noteAcked(i - 9, 0, (i - 9) * 10);
  }
  t.equal(proof.ageMs(10_000), 100);
});

t.test("silence is lag, and what is remembered of it has a bound", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(0, 0);
  proof.noteAcked(0, 0, 0);
  for (let i = 1; i < 100_000; i++) proof.noteSent(i, i);
  t.equal(proof.ageMs(100_000), 100_000);
  proof.noteAcked(99_999, 0, 99_999);
  proof.noteSent(100_000, 100_000);
  proof.noteAcked(100_000, 0, 100_000);
  t.equal(proof.ageMs(100_090), 90, "and it recovers with the next answers");
});

t.test("the durable position never goes back", async (t) => {
  const proof = new RemoteProof();
  proof.noteAcked(9, 0, 0);
  proof.noteAcked(4, 0, 0);
  t.equal(proof.durableLsn, 9);
});

t.test("what is applied is proved by itself: durable is not applied", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(1000, 5);
  proof.noteAcked(5, 4, 1000);
  t.strictSame([proof.ageMs(1200), proof.applyAgeMs(1200)], [200, undefined]);
  proof.noteAcked(5, 5, 1000);
  t.equal(proof.applyAgeMs(1200), 200);
});

t.test("dropped proofs have to be earned again by new messages; the position stays", async (t) => {
  const proof = new RemoteProof();
  proof.noteSent(1000, 5);
  proof.noteSent(1100, 5);
  proof.noteAcked(5, 5, 1000);
  proof.dropProofs();
  t.strictSame([proof.ageMs(1200), proof.applyAgeMs(1200), proof.durableLsn], [undefined, undefined, 5]);
  proof.noteAcked(5, 5, 1100);
  t.equal(proof.ageMs(1200), undefined, "an answer that was under way proves nothing");
  proof.noteSent(1200, 5);
  proof.noteAcked(5, 5, 1200);
  t.equal(proof.ageMs(1250), 50);
});
