import { Decline, ItemError, Kind, Outcome, REQUEST_FIELDS } from "../../../common/batch/kinds.ts";
import type { MutationResultFields } from "../../../common/batch/result-batch.ts";
import type { Reply, ShardCommand, SubscriptionVerdict } from "../../../node/shard/events.ts";
import { type Frame, FrameRows, RecordRow } from "../../../node/shard/frame.ts";
import { nameOf } from "../shard/name-of.ts";
import type { TokenNames } from "./token-names.ts";

/** Rows told one by one; larger frames and replies are summed up. */
const ROWS_TOLD_MAX = 8;

/** What the trace needs to know besides the command. */
export type TraceNames = {
  readonly tokens: TokenNames;
  /** Node behind a follower's session. */
  nodeOf(session: number): string;
  /** Names of the tokens of a batch, in row order. */
  rowsOf(ticket: number): readonly string[];
};

/** One command of the engine, in one line. */
export function commandText(command: ShardCommand, names: TraceNames): string {
  switch (command.type) {
    case "append":
      return command.frames.map((frame) => `append ${frameText(frame, names.tokens)}`).join("\n");
    case "persist_promise":
      return `persist promise ${command.generation}`;
    case "truncate_tail":
      return `cut the log after ${command.keepLsn}`;
    case "send_frames": {
      const [first] = command.frames;
      const what = first === undefined ? "heartbeat" : `${first.firstLsn}-${command.frames.at(-1)?.lastLsn}`;
      return `send ${names.nodeOf(command.session)} ${what} commit=${command.commitLsn} generation=${command.generation}`;
    }
    case "send_answer":
      return `answer ${names.nodeOf(command.session)} ${verdictText(command.verdict)}`;
    case "send_subscription": {
      const end = `end=${command.lastLsn} of generation ${command.lastGeneration} applied=${command.appliedLsn}`;
      const log = command.incarnation === undefined ? "with an empty log" : end;
      return `subscribe at ${command.leader} ${log} promised=${command.promisedGeneration}`;
    }
    case "send_ack":
      return `ack ${command.leader} durable=${command.durableLsn} applied=${command.appliedLsn} generation=${command.generation}`;
    case "reply":
      return replyText(command, names);
    case "applied":
      return `applied ${command.firstLsn}-${command.lastLsn}`;
    case "established":
      return `established ${command.generation}`;
    case "seal_answer": {
      const { promisedGeneration, endLsn, endGeneration, commitHintLsn } = command;
      return `sealed for ${promisedGeneration} end=${endLsn} of generation ${endGeneration} committed=${commitHintLsn}`;
    }
    case "propose_restart": {
      const { generation, startLsn, expectedGeneration, operationId } = command;
      return `propose generation ${generation} start=${startLsn} after ${expectedGeneration} (${operationId})`;
    }
  }
}

function frameText(frame: Frame, tokens: TokenNames): string {
  const rows = new FrameRows(frame);
  const head = `${frame.firstLsn}-${frame.lastLsn} generation=${frame.generation}:`;
  if (frame.count > ROWS_TOLD_MAX) return `${head} ${frame.count} records`;
  const records = Array.from({ length: frame.count }, (_, row) =>
    recordText(rows, rows.rowOffset(row), tokens),
  );
  return `${head} ${records.join("; ")}`;
}

function recordText(rows: FrameRows, at: number, tokens: TokenNames): string {
  const kind = rows.kindAt(at);
  if (kind === Kind.START) return "START";
  const exposure = `exposure=${rows.int64At(at, RecordRow.EXPOSURE_MINOR)}`;
  if (kind === Kind.EXPIRE) return `EXPIRE of ${rows.int64At(at, RecordRow.RESERVATION_LSN)} ${exposure}`;
  const decision = decisionText(rows.decisionAt(at), rows.reasonAt(at));
  return `${nameOf(Kind, kind)} ${tokens.nameAt(rows.bytes, at)} ${decision} ${exposure}`;
}

function replyText({ ticket, results, lsn, generation }: Reply, names: TraceNames): string {
  const tokens = names.rowsOf(ticket);
  const head = `reply ${ticket} session=${lsn === 0 ? "none" : `${generation}/${lsn}`}:`;
  const texts = Array.from({ length: results.count }, (_, row) => resultText(results.read(row)));
  if (texts.length <= ROWS_TOLD_MAX)
    return `${head} ${texts.map((each, row) => `${tokens[row]} ${each}`).join("; ")}`;
  const counts = new Map<string, number>();
  for (const each of texts) {
    const [what] = each.split(" at ");
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return `${head} ${Array.from(counts, ([what, count]) => `${count} ${what}`).join("; ")}`;
}

function resultText(result: MutationResultFields): string {
  if (result.outcome === Outcome.ERROR) {
    const field = result.field === 0 ? "" : `(${REQUEST_FIELDS[result.field]})`;
    return nameOf(ItemError, result.reason) + field;
  }
  const decision = decisionText(result.outcome, result.reason);
  const position = `at ${result.generation}/${result.lsn}${result.replayed ? " replayed" : ""}`;
  const reservation =
    result.reservationLsn === 0 || result.reservationLsn === result.lsn
      ? ""
      : ` reservation=${result.reservationGeneration}/${result.reservationLsn}`;
  return `${decision} ${position} headroom=${result.headroomMinor}${reservation}`;
}

function decisionText(outcome: number, reason: number): string {
  return outcome === Outcome.APPROVED ? "APPROVED" : `DECLINED ${nameOf(Decline, reason)}`;
}

function verdictText(verdict: SubscriptionVerdict): string {
  if (verdict.type === "truncate") return `truncate keep=${verdict.keepLsn}`;
  if (verdict.type === "snapshot_needed") return `snapshot from=${verdict.firstLsn}`;
  return `refused ${nameOf(ItemError, verdict.reason)}`;
}
