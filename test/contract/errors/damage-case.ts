import { globSync, openSync, closeSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ENVELOPE_BYTES } from "../../../node/wal/envelope.ts";
import { SEGMENT_DATA_OFFSET } from "../../../node/wal/segment-header.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { refusalOf } from "../call-status.ts";
import { type ContractCluster, ISSUER_ID } from "../contract-cluster.ts";
import type { ErrorCase } from "./error-case.ts";

/** A follower's log is damaged where it had been durable. The shard stays without that follower. */
export function damageCase(contract: ContractCluster): ErrorCase {
  const { cluster, shard } = contract;
  return {
    reason: "WAL_CORRUPT",
    when: "a node finds its log damaged when it boots",
    provoke: async () => {
      await cluster.processes.kill(shard.remote);
      damageFirstFrame(join(cluster.directory, shard.remote, "shards", String(shard.shardId), "wal"));
      await cluster.processes.restart(shard.remote);
      const headers = { "harborpoint-shard-id": String(shard.shardId) };
      const client = contract.client(shard.remote);
      return refusalOf(
        client.call(ReservationService.method.getExposure, { issuerId: ISSUER_ID }, { headers }),
      );
    },
  };
}

/** Flips a bit in the first frame of the oldest segment. */
function damageFirstFrame(directory: string): void {
  const [segment] = globSync("*.seg", { cwd: directory }).sort();
  const file = openSync(join(directory, segment), "r+");
  const at = SEGMENT_DATA_OFFSET + ENVELOPE_BYTES + 8;
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}
