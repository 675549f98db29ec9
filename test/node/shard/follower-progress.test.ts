import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { canonicalLabels } from "../../../common/batch/labels.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type { FollowerAttached, SendFrames } from "../../../node/shard/events.ts";
import { endsAt, FollowerProgress } from "../../../node/shard/follower-progress.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import type { LogView } from "../../../node/shard/log-view.ts";
import { FrameAuthor } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const COMMIT = 3;
const GENERATION = 1;

/** A log of START, a registration, and frames of two reserves each: 1, 2, 3-4, 5-6, … */
function authorWith(pairs: number): FrameAuthor {
  const author = new FrameAuthor();
  const issuerId = "MUNI-7";
  author.start();
  author.write({
    kind: Kind.REGISTER_ISSUER,
    token: namedToken("t"),
    issuerId,
    amountMinor: 1e9,
    currency: "EUR",
  });
  for (let i = 0; i < pairs; i++) author.write(...reserves(i, 2));
  return author;
}

function reserves(frame: number, count: number, labels = ""): MutationFields[] {
  return Array.from({ length: count }, (_, row) => {
    const token = namedToken(`${frame}/${row}`);
    return { kind: Kind.RESERVE, token, issuerId: "MUNI-7", amountMinor: 1, labels };
  });
}

function progress(author: FrameAuthor, lastLsn: number): FollowerProgress {
  const event: FollowerAttached = {
    type: "follower_attached",
    nowMs: 0,
    session: 3,
    nodeId: "b",
    nonce: 9,
    incarnation: undefined,
    promisedGeneration: GENERATION,
    lastGeneration: GENERATION,
    lastLsn,
    lastChain: author.chainAt(lastLsn),
    appliedLsn: 0,
  };
  return new FollowerProgress(event, true);
}

function ranges(frames: readonly Frame[]): string[] {
  return frames.map(({ firstLsn, lastLsn }) => `${firstLsn}-${lastLsn}`);
}

t.test("a follower gets what it lacks, up to the limit, once", async (t) => {
  const author = authorWith(2);
  const follower = progress(author, 1);
  const message = follower.nextMessage(author.log, 4, COMMIT, GENERATION);
  t.strictSame(ranges(message?.frames ?? []), ["2-2", "3-4"]);
  const { session, nonce, generation, commitLsn } = message as SendFrames;
  t.strictSame([session, nonce, generation, commitLsn], [3, 9, GENERATION, COMMIT]);
  t.equal(follower.nextMessage(author.log, 4, COMMIT, GENERATION), undefined);
  t.strictSame(ranges(follower.nextMessage(author.log, 6, COMMIT, GENERATION)?.frames ?? []), ["5-6"]);
});

t.test("a frame just appended is offered to whoever needs it next, and only to them", async (t) => {
  const author = authorWith(1);
  const [start, registration] = author.log.frames;
  const follower = progress(author, 1);
  t.equal(follower.offer(start, COMMIT, GENERATION), undefined);
  t.strictSame(ranges(follower.offer(registration, COMMIT, GENERATION)?.frames ?? []), ["2-2"]);
  t.equal(follower.offer(registration, COMMIT, GENERATION), undefined, "not twice");
});

t.test("what was told last is remembered", async (t) => {
  const author = authorWith(0);
  const follower = progress(author, 2);
  t.equal(follower.toldCommitLsn, 0);
  t.strictSame(follower.heartbeat(2, GENERATION).frames, []);
  t.equal(follower.toldCommitLsn, 2);
});

t.test("an ack counts when it ends at a frame with the leader's chain value", async (t) => {
  const author = authorWith(2);
  const follower = progress(author, 1);
  follower.nextMessage(author.log, 6, COMMIT, GENERATION);
  t.ok(follower.acknowledge(author.log, 4, author.chainAt(4), 2));
  t.strictSame([follower.durableLsn, follower.appliedLsn], [4, 2]);
  t.ok(follower.acknowledge(author.log, 4, author.chainAt(4), 4), "the same again");
  t.equal(follower.appliedLsn, 4);
});

t.test("an ack that contradicts the log counts for nothing", async (t) => {
  const author = authorWith(2);
  const follower = progress(author, 2);
  follower.nextMessage(author.log, 4, COMMIT, GENERATION);
  t.notOk(follower.acknowledge(author.log, 6, author.chainAt(6), 0), "beyond what was sent");
  t.notOk(follower.acknowledge(author.log, 3, author.chainAt(4), 0), "not the end of a frame");
  t.notOk(follower.acknowledge(author.log, 4, author.chainAt(2), 0), "another chain value");
  t.notOk(follower.acknowledge(author.log, 1, author.chainAt(1), 0), "going back");
  t.equal(follower.durableLsn, 2);
});

t.test("messages and what is under way have bounds; acks make room", async (t) => {
  const author = authorWith(0);
  const labels = canonicalLabels(
    Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`key${i}`, "v".repeat(64)])),
  );
  for (let i = 0; i < 90; i++) author.write(...reserves(i, 160, labels));
  const end = author.log.lastLsn;
  const follower = progress(author, 0);
  let sent = 0;
  let largest = 0;
  for (;;) {
    const message = follower.nextMessage(author.log, end, COMMIT, GENERATION);
    if (message === undefined) break;
    const bytes = message.frames.reduce((sum, frame) => sum + frame.bytes.byteLength, 0);
    sent += bytes;
    largest = Math.max(largest, bytes);
  }
  t.ok(largest < 1.3 * 2 ** 20, `messages of ${largest} bytes at most`);
  t.ok(sent >= 16 * 2 ** 20 && sent < 17.3 * 2 ** 20, `${sent} bytes under way`);
  const { nextLsn } = follower;
  t.ok(nextLsn <= end, "it did not get everything");
  t.equal(
    follower.offer(author.log.frameAt(nextLsn), COMMIT, GENERATION),
    undefined,
    "no room for an offer either",
  );
  t.ok(follower.acknowledge(author.log, nextLsn - 1, author.chainAt(nextLsn - 1), 0));
  t.not(follower.nextMessage(author.log, end, COMMIT, GENERATION), undefined);
});

t.test("where a log ends is told by LSN and chain value", async (t) => {
  const author = authorWith(2);
  const { log } = author;
  t.ok(endsAt(log, 0, CHAIN_START));
  t.notOk(endsAt(log, 0, author.chainAt(1)));
  t.ok(endsAt(log, 4, author.chainAt(4)));
  t.notOk(endsAt(log, 3, author.chainAt(4)), "in the middle of a frame");
  t.notOk(endsAt(log, 4, author.chainAt(2)));
});

t.test("a log whose beginning was truncated still proves its own beginning", async (t) => {
  const author = authorWith(2);
  const truncated: LogView = {
    firstLsn: 3,
    frameAt: (lsn) => {
      t.ok(lsn >= 3, `LSN ${lsn} is still there`);
      return author.log.frameAt(lsn);
    },
  };
  t.ok(endsAt(truncated, 2, author.chainAt(2)));
  t.notOk(endsAt(truncated, 2, author.chainAt(1)));
  t.notOk(endsAt(truncated, 1, author.chainAt(1)));
});
