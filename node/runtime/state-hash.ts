import { createHash, type Hash } from "node:crypto";
import type { LineageEntry } from "../shard/configuration.ts";
import type { IssuerTable } from "../shard/issuer-table.ts";
import type { ReservationTable } from "../shard/reservation-table.ts";
import type { ShardState } from "../shard/shard-state.ts";

/** Names the serialisation; replicas compare hashes of one version only. */
const VERSION = "harborpoint-state-1\n";
/** Reservations gathered before the hash takes them, so that its calls cost little. */
const ROWS_PER_UPDATE = 2048;
const RESERVATION_WORDS = 3;

/**
 * SHA-256 of a shard's state at its applied position: LSN, lineage, issuers by number, reservations
 * by the LSN of their creation. Equal on every replica that applied the same log, however it came
 * to the state: by replay, from a checkpoint or both. Takes about 50 ns a reservation.
 */
export function stateHash(state: ShardState): Uint8Array {
  const hash = createHash("sha256");
  hash.update(`${VERSION}${state.appliedLsn}\n`);
  hashLineage(hash, state.lineage);
  hashIssuers(hash, state.issuers);
  hashReservations(hash, state.reservations);
  return hash.digest();
}

function hashLineage(hash: Hash, lineage: readonly LineageEntry[]): void {
  for (const { generation, startLsn } of lineage) hash.update(`generation ${generation} ${startLsn}\n`);
}

function hashIssuers(hash: Hash, issuers: IssuerTable): void {
  for (let number = 0; number < issuers.count; number++) {
    const row = issuers.row(number);
    const numbers = [
      row.registeredLsn,
      row.limitMinor,
      row.exposureMinor,
      row.lastLsn,
      row.openCount,
      row.settledCount,
    ];
    // Lengths come first, so that no text can pass for two.
    hash.update(
      `issuer ${row.issuerId.length} ${row.issuerId} ${row.currency.length} ${row.currency} ${numbers.join(" ")}\n`,
    );
  }
}

function hashReservations(hash: Hash, reservations: ReservationTable): void {
  const words = new Float64Array(ROWS_PER_UPDATE * RESERVATION_WORDS);
  let count = 0;
  const flush = (): void => {
    hash.update(new Uint8Array(words.buffer, 0, count * 8));
    count = 0;
  };
  reservations.forEach((lsn, reservationState, latestLsn) => {
    words[count] = lsn;
    words[count + 1] = reservationState;
    words[count + 2] = latestLsn;
    count += RESERVATION_WORDS;
    if (count === words.length) flush();
  });
  flush();
}
