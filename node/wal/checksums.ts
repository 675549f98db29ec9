import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Checksums } from "../shard/checksums.ts";

/** The checksums of the log by Node's native code. */
export const nodeChecksums: Checksums = {
  crc32: (bytes) => crc32(bytes),
  sha256: (first, second) =>
    plain(adjacent(first, second) ? oneShot(first, second) : twoParts(first, second)),
};

/** Header and payload of a frame lie one behind the other, and one call is the cheaper one. */
function adjacent(first: Uint8Array, second: Uint8Array): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.byteLength === second.byteOffset;
}

function oneShot(first: Uint8Array, second: Uint8Array): Buffer {
  const both = new Uint8Array(first.buffer, first.byteOffset, first.byteLength + second.byteLength);
  return hash("sha256", both, "buffer");
}

function twoParts(first: Uint8Array, second: Uint8Array): Buffer {
  return createHash("sha256").update(first).update(second).digest();
}

function plain(digest: Buffer): Uint8Array {
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}
