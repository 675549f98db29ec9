import { invalidRequest } from "../../common/errors/store-error.ts";
import { readVarint, VARINT_BYTES_MAX, type VarintReader, writeVarint } from "../../common/tokens/varint.ts";
import { generationOfLsn } from "../shard/configuration.ts";
import { RecordFinder } from "./record-place.ts";
import type { Replica } from "./replica.ts";

const VERSION = 1;
/** Longest text of a page token: version and three varints in base64url. */
const TEXT_LENGTH_MAX = Math.ceil(((1 + 3 * VARINT_BYTES_MAX) * 4) / 3);

/**
 * Says where the next page of an issuer's records begins: version · shard · generation · LSN of the
 * next record to look at. New records come before the first page, so a token stays good.
 */
export function formatPageToken(replica: Replica, lsn: number): string {
  const bytes = Buffer.alloc(1 + 3 * VARINT_BYTES_MAX);
  bytes[0] = VERSION;
  let end = writeVarint(bytes, 1, replica.shardId);
  end = writeVarint(bytes, end, generationOfLsn(replica.state.lineage, lsn));
  end = writeVarint(bytes, end, lsn);
  return bytes.toString("base64url", 0, end);
}

/**
 * LSN at which a page begins. Throws INVALID_REQUEST naming page_token when the text is none, when
 * it is another issuer's, or when the record it names did not survive a failover.
 */
export function parsePageToken(text: string, replica: Replica, issuer: number): number {
  const { state, log, shardId } = replica;
  const lsn = text.length <= TEXT_LENGTH_MAX ? readLsn(Buffer.from(text, "base64url"), replica) : undefined;
  if (lsn === undefined || lsn < log.firstLsn || lsn > state.appliedLsn) throw invalid(shardId);
  const { rows, at } = new RecordFinder(log).find(lsn);
  if (rows.issuerAt(at) !== issuer) throw invalid(shardId);
  return lsn;
}

function readLsn(bytes: Uint8Array, replica: Replica): number | undefined {
  const reader: VarintReader = { bytes, offset: 1 };
  const shardId = readVarint(reader);
  const generation = readVarint(reader);
  const lsn = readVarint(reader);
  const isComplete = bytes[0] === VERSION && reader.offset === bytes.byteLength;
  if (!isComplete || lsn === undefined || shardId !== replica.shardId) return undefined;
  return generation === generationOfLsn(replica.state.lineage, lsn) ? lsn : undefined;
}

function invalid(shardId: number) {
  return invalidRequest("page_token", `is not a page token of this issuer on shard ${shardId}; list anew`);
}
