import { batchString, REQUEST_ROW_BYTES, RequestRow } from "../../common/batch/mutation-batch.ts";
import { uint16 } from "../../common/batch/request-check.ts";
import { TOKEN_BYTES } from "../../common/batch/token.ts";
import { bytesEqual } from "./checksums.ts";
import { type Frame, FrameRows } from "./frame.ts";
import type { PendingBatch } from "./pending-batch.ts";

/** Whether a frame holds a record of a token; issuer −1 stands for any, and for one that is just being registered. */
export function frameHolds(frame: Frame, issuer: number, token: Uint8Array): boolean {
  const rows = new FrameRows(frame);
  for (let row = 0; row < frame.count; row++) {
    const at = rows.rowOffset(row);
    if (issuer >= 0 && rows.issuerAt(at) !== issuer) continue;
    if (bytesEqual(rows.tokenAt(at), token)) return true;
  }
  return false;
}

/** Whether an undecided row of a batch has a token; issuer "" stands for any. */
export function batchHolds(batch: PendingBatch, issuerId: string, token: Uint8Array): boolean {
  for (let row = batch.nextRow; row < batch.count; row++) {
    const at = row * REQUEST_ROW_BYTES;
    const rowToken = batch.rows.subarray(at + RequestRow.TOKEN, at + RequestRow.TOKEN + TOKEN_BYTES);
    if (!bytesEqual(rowToken, token)) continue;
    if (issuerId === "") return true;
    if (batchString(batch.request.batch, uint16(batch.rows, at + RequestRow.ISSUER)) === issuerId)
      return true;
  }
  return false;
}
