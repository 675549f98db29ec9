import t from "tap";
import { LogAudit } from "../../../bench/audit/log-audit.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { type Frame, FrameRows, frameOf, RecordRow } from "../../../node/shard/frame.ts";
import { FrameAuthor } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const reserve = (name: string, amountMinor: number): MutationFields => ({
  kind: Kind.RESERVE,
  token: namedToken(name),
  issuerId: "A",
  amountMinor,
});

/** A log of one issuer with a limit of 100, and reserves of 60, 30 and (declined) 20. */
function log(): Frame[] {
  const author = new FrameAuthor();
  const register = {
    kind: Kind.REGISTER_ISSUER,
    token: namedToken("a"),
    issuerId: "A",
    currency: "EUR",
    amountMinor: 100,
  };
  author.start();
  author.write(register);
  author.write(reserve("x", 60), reserve("y", 30), reserve("z", 20));
  return [...author.log.frames];
}

function audit(frames: readonly Frame[]): LogAudit {
  const found = new LogAudit(100);
  for (const frame of frames) found.add(frame);
  return found;
}

/** The last frame with a field of one of its rows changed. */
function spoiled(frame: Frame, row: number, field: number, value: bigint): Frame {
  const bytes = frame.bytes.slice();
  new DataView(bytes.buffer).setBigInt64(new FrameRows(frame).rowOffset(row) + field, value, true);
  return frameOf(bytes, frame.chain);
}

t.test("sums a sound log", async (t) => {
  const found = audit(log());
  t.same(found.findings, []);
  t.equal(found.reserves, 3);
  t.equal(found.duplicateTokens(), 0);
  t.same(found.states.get("A"), { limitMinor: 100, exposureMinor: 90, openCount: 2, settledCount: 0 });
});

t.test("an approval beyond the limit is found in the bytes, whatever the record claims", async (t) => {
  const [start, register, reserves] = log() as [Frame, Frame, Frame];
  const found = audit([start, register, spoiled(reserves, 1, RecordRow.AMOUNT_MINOR, 50n)]);
  t.match(found.findings[0], /record 4 oversells its issuer/);
  t.match(found.findings[1], /record 4 claims another exposure than 110/);
});

t.test("a record that claims another exposure is found", async (t) => {
  const [start, register, reserves] = log() as [Frame, Frame, Frame];
  const found = audit([start, register, spoiled(reserves, 0, RecordRow.EXPOSURE_MINOR, 1n)]);
  t.match(found.findings, [/record 3 claims another exposure than 60/]);
});

t.test("a token that was recorded twice is found", async (t) => {
  const [start, register, reserves] = log() as [Frame, Frame, Frame];
  const token = new DataView(reserves.bytes.buffer, reserves.bytes.byteOffset).getBigInt64(
    new FrameRows(reserves).rowOffset(0) + RecordRow.TOKEN + 8,
    true,
  );
  const found = audit([start, register, spoiled(reserves, 2, RecordRow.TOKEN + 8, token)]);
  t.equal(found.duplicateTokens(), 1);
});
