import { formatToken } from "../../../common/batch/token.ts";
import { FrameRows, RecordRow } from "../../../node/shard/frame.ts";
import type { LogView } from "../../../node/shard/log-view.ts";
import { Violation } from "../violation.ts";
import type { TokenAnswer } from "./one-token-one-outcome.ts";

/** I5: every acknowledged decision is in the surviving log, at the position that was answered. */
export function checkAcknowledgedSurvives(
  answers: ReadonlyMap<string, TokenAnswer>,
  log: LogView,
  lastLsn: number,
): void {
  for (const [key, { lsn, generation, outcome }] of answers) {
    if (lsn > lastLsn) throw lost(key, lsn);
    const frame = log.frameAt(lsn);
    const rows = new FrameRows(frame);
    const at = rows.rowOffset(lsn - frame.firstLsn);
    const isRecord = key.endsWith(formatToken(rows.bytes, at + RecordRow.TOKEN));
    const isSame = frame.generation === generation && rows.decisionAt(at) === outcome;
    // A registration under a new token is answered with the record of the first one.
    const isFirstRegistration = rows.stringAt(at, RecordRow.DESK) === key.split(" ")[0];
    if (!isSame || !(isRecord || isFirstRegistration)) throw lost(key, lsn);
  }
}

function lost(key: string, lsn: number): Violation {
  return new Violation(
    "acknowledged-survives",
    `${key} was answered at LSN ${lsn}, which now holds something else`,
  );
}
