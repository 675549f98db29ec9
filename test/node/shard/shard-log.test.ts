import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type { ShardCommand } from "../../../node/shard/events.ts";
import { ShardLog } from "../../../node/shard/shard-log.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { FrameAuthor, incarnationOf, TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";
import { MemoryLog } from "../../support/shard/memory-log.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

/** Frames 1, 2 and 3-4 of generation 1. */
function author(): FrameAuthor {
  const made = new FrameAuthor();
  const issuerId = "MUNI-7";
  made.start();
  made.write({
    kind: Kind.REGISTER_ISSUER,
    token: namedToken("t0"),
    issuerId,
    amountMinor: 100,
    currency: "EUR",
  });
  const reserve = { kind: Kind.RESERVE, issuerId, amountMinor: 1 };
  made.write({ ...reserve, token: namedToken("t1") }, { ...reserve, token: namedToken("t2") });
  return made;
}

const EMPTY_TAIL = { lsn: 0, chain: CHAIN_START, generation: 0 };

/** A log that is empty, with the view that the runtime fills. */
function emptyLog() {
  const view = new MemoryLog();
  const commands: ShardCommand[] = [];
  const emit = (command: ShardCommand): void => void commands.push(command);
  const log = new ShardLog(view, new ShardState(TOKEN_HASH_KEY), EMPTY_TAIL, emit);
  return { log, view, commands };
}

/** A log recovered with frames on disk, of which some were applied. */
function recoveredLog(appliedLsn: number): ShardLog {
  const { log: source } = author();
  const state = new ShardState(TOKEN_HASH_KEY);
  for (const frame of source.range(1, appliedLsn)) state.applyFrame(frame);
  const tail = { lsn: 4, chain: source.frameAt(4).chain, generation: 1 };
  return new ShardLog(source, state, tail, () => undefined);
}

function positions(log: ShardLog): number[] {
  return [log.appendedLsn, log.durableLsn, log.committedLsn, log.state.appliedLsn];
}

t.test("positions move one after another: appended, durable, committed and applied", async (t) => {
  const { log, view, commands } = emptyLog();
  const { frames } = author().log;
  log.append(frames);
  view.append(frames);
  t.strictSame(commands, [{ type: "append", frames }]);
  t.strictSame(positions(log), [4, 0, 0, 0]);
  t.equal(log.durableChain(), CHAIN_START);
  log.onDurable(2);
  log.onDurable(1);
  t.strictSame(positions(log), [4, 2, 0, 0], "durable never goes back");
  t.equal(log.durableChain(), frames[1].chain);
  t.strictSame(log.commit(2), { type: "applied", firstLsn: 1, lastLsn: 2 });
  t.equal(log.commit(2), undefined);
  log.onDurable(4);
  t.equal(log.durableChain(), frames[2].chain);
  t.strictSame(log.commit(4), { type: "applied", firstLsn: 3, lastLsn: 4 });
  t.strictSame(positions(log), [4, 4, 4, 4]);
});

t.test("what would break the order of positions is a broken invariant", async (t) => {
  const { log, view } = emptyLog();
  const [start, registration, reserves] = author().log.frames;
  t.throws(() => log.append([registration]), { message: "LSNs are dense" });
  log.append([start]);
  view.append([start]);
  t.throws(() => log.onDurable(2), { message: "durable beyond appended" });
  t.throws(() => log.commit(2), { message: "committed beyond appended" });
  log.append([registration, reserves]);
  view.append([registration, reserves]);
  log.onDurable(4);
  t.throws(() => log.commit(3), { message: "commit positions lie on frame boundaries" });
});

t.test("a frame that follows by LSN but not by chain is not appended", async (t) => {
  const { log } = emptyLog();
  const made = author();
  const fork = made.fork(2, 2);
  fork.start();
  const [, , reserves] = made.log.frames;
  log.append(made.log.range(1, 1));
  log.append([fork.log.frameAt(2)]);
  t.throws(() => log.append([reserves]), { message: "frames follow the chain" });
});

t.test("a recovered log is durable to its end and committed as far as it was applied", async (t) => {
  const log = recoveredLog(2);
  t.strictSame(positions(log), [4, 4, 2, 2]);
  t.strictSame([log.appendedGeneration, [...(log.incarnation ?? [])]], [1, [...incarnationOf(1)]]);
});

t.test("the state is never ahead of the log", async (t) => {
  const made = author();
  t.throws(() => new ShardLog(new MemoryLog(), made.state, EMPTY_TAIL, () => undefined), {
    message: "state is ahead of the log",
  });
});

t.test("a log of another life of the shard is not mixed; an empty one takes any", async (t) => {
  const log = recoveredLog(0);
  log.adopt(incarnationOf(1));
  t.throws(() => log.adopt(incarnationOf(2)), { message: "the log belongs to another life of the shard" });
  const { log: empty } = emptyLog();
  t.equal(empty.incarnation, undefined);
  empty.adopt(incarnationOf(2));
  t.strictSame(empty.incarnation, incarnationOf(2));
});

t.test("a cut takes the tail and its chain back, but nothing committed", async (t) => {
  const log = recoveredLog(1);
  t.throws(() => log.onTruncated(0), { message: "a committed record was cut" });
  t.throws(() => recoveredLog(1).onTruncated(3), { message: "logs are cut at frame boundaries" });
  log.onTruncated(9);
  t.strictSame(positions(log), [4, 4, 1, 1], "beyond the end there is nothing to cut");
});

t.test("after a cut the log goes on from there", async (t) => {
  const log = recoveredLog(1);
  const { frames } = author().log;
  log.onTruncated(2);
  t.strictSame(positions(log), [2, 2, 1, 1]);
  t.equal(log.appendedGeneration, 1);
  t.strictSame(log.appendedChain, frames[1].chain);
  log.append([frames[2]]);
  t.equal(log.appendedLsn, 4);
  const whole = recoveredLog(0);
  whole.onTruncated(0);
  t.strictSame(
    [positions(whole), whole.appendedChain, whole.appendedGeneration],
    [[0, 0, 0, 0], CHAIN_START, 0],
  );
});

t.test("generations are known beyond what is committed", async (t) => {
  const made = author();
  const second = made.fork(3, 5);
  second.start();
  const state = new ShardState(TOKEN_HASH_KEY);
  for (const frame of second.log.range(1, 2)) state.applyFrame(frame);
  const tail = { lsn: 5, chain: second.chainAt(5), generation: 3 };
  const log = new ShardLog(second.log, state, tail, () => undefined);
  t.strictSame(state.lineage, [{ generation: 1, startLsn: 1 }]);
  t.strictSame(log.generations(), [
    { generation: 1, startLsn: 1 },
    { generation: 3, startLsn: 5 },
  ]);
});
