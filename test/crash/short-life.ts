import { nodeChecksums } from "../../node/wal/checksums.ts";
import type { Disk } from "../../node/wal/disk.ts";
import { LOG_START } from "../../node/wal/log-tail.ts";
import { NodeDisk } from "../../node/wal/node-disk.ts";
import { recover } from "../../node/wal/recovery.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain, TEST_IDENTITY } from "../support/frame-chain.ts";
import { writerOptions } from "../support/test-log.ts";

/** A log that is made, written, rotated, cut, truncated, left unsynced, recovered and closed. */
export function shortLife(disk: Disk, shardDirectory: string): void {
  const options = { checksums: nodeChecksums, appliedLsn: 0, peerAckedLsn: 0, scanFromLsn: 1 };
  const open = () =>
    new WalWriter(writerOptions(disk, { shardDirectory }), recover(disk, shardDirectory, options));
  const writer = open();
  writer.reset(TEST_IDENTITY, LOG_START);
  for (const frame of new FrameChain().take(40, 3)) {
    writer.append([frame]);
    writer.sync();
    writer.prepareNext(3000);
  }
  writer.truncateAfter(60);
  const chain = new FrameChain(writer.tail);
  writer.append(chain.take(2, 3));
  writer.mark();
  writer.sync();
  writer.truncateBefore(40);
  writer.append(chain.take(1));
  open().close();
}

/** Run as a program, it lives on the real disk in the directory it is given. */
if (import.meta.main) shortLife(new NodeDisk(), process.argv[2] ?? "");
