import { assert } from "../../../common/assert.ts";
import { ItemError } from "../../../common/batch/kinds.ts";
import type { SubscriptionVerdict } from "../../../node/shard/events.ts";
import { type Frame, FrameHeader } from "../../../node/shard/frame.ts";
import { withHeaderByte } from "../shard/spoiled-frames.ts";
import type { Verb } from "./leader-verbs.ts";
import { parseMutations } from "./mutation-words.ts";
import type { ScriptSession } from "./script-session.ts";
import type { Words } from "./words.ts";

/** What happens to a follower; its leader is a fake whose frames `write` makes. */
export const FOLLOWER_VERBS: Readonly<Record<string, Verb>> = {
  /** `open NODE`: the stream to the leader's node is open. */
  open: (session, words) => session.step({ type: "subscription_opened", leader: words.take("node") }),
  /** `close NODE` */
  close: (session, words) => session.step({ type: "subscription_closed", leader: words.take("node") }),
  /** `write MUTATIONS` or `write START`: the leader makes its next frame; nothing is sent yet. */
  write: (session, words) => {
    const line = words.rest();
    if (line === "START") session.author.start();
    else session.author.write(...parseMutations(line, session.tokens));
  },
  /** `fork generation= start=`: from now on frames come from a leader whose log parts here. */
  fork: (session, words) => {
    const generation = words.numberOption("generation") ?? 0;
    session.author = session.author.fork(generation, words.numberOption("start") ?? 0);
  },
  /** `frames FIRST-LAST|none commit= [from= generation= nonce=old spoiled=chain|life]` */
  frames: (session, words) => {
    const range = words.take("range");
    const spoiled = words.option("spoiled");
    const frames = range === "none" ? [] : framesOf(session, range);
    session.step({
      type: "frames_received",
      nowMs: session.host.nowMs,
      leader: words.option("from") ?? session.configuration?.leader ?? "",
      generation: words.numberOption("generation") ?? session.configuration?.generation ?? 0,
      nonce: nonce(session, words),
      frames: spoiled === undefined ? frames : frames.map((frame) => spoil(frame, spoiled)),
      commitLsn: words.numberOption("commit") ?? 0,
      sentMs: session.host.nowMs,
    });
  },
  /** `answer truncate keep= [chain=wrong]`, `answer snapshot from=`, `answer refused REASON`; `nonce=old` */
  answer: (session, words) => {
    session.step({
      type: "subscription_answered",
      leader: session.configuration?.leader ?? "",
      nonce: nonce(session, words),
      generation: session.configuration?.generation ?? 0,
      verdict: verdict(session, words),
    });
  },
};

function framesOf(session: ScriptSession, range: string): Frame[] {
  const [first, last] = range.split("-").map(Number);
  const frames = session.author.log.range(first, last);
  assert(frames.length > 0 && frames.at(-1)?.lastLsn === last, `the leader has no frames ${range}`);
  return frames;
}

function nonce(session: ScriptSession, words: Words): number {
  return session.nonces.at(words.option("nonce") === "old" ? -2 : -1) ?? 0;
}

function spoil(frame: Frame, what: string): Frame {
  return withHeaderByte(frame, what === "chain" ? FrameHeader.PREV_CHAIN : FrameHeader.INCARNATION, 0xee);
}

function verdict(session: ScriptSession, words: Words): SubscriptionVerdict {
  const type = words.take("verdict");
  if (type === "snapshot") return { type: "snapshot_needed", firstLsn: words.numberOption("from") ?? 1 };
  if (type === "refused") {
    const reason = words.take("reason") as keyof typeof ItemError;
    return { type, reason: ItemError[reason] };
  }
  assert(type === "truncate", `no verdict ${type}`);
  const keepLsn = words.numberOption("keep") ?? 0;
  const isWrong = words.option("chain") === "wrong";
  const keepChain = isWrong ? new Uint8Array(32).fill(9) : session.author.chainAt(keepLsn);
  return { type, keepLsn, keepChain };
}
