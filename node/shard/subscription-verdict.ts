import { ItemError } from "../../common/batch/kinds.ts";
import { bytesEqual, CHAIN_START } from "./checksums.ts";
import { endOfGeneration, type ShardConfiguration } from "./configuration.ts";
import type { FollowerAttached, SubscriptionVerdict } from "./events.ts";
import { endsAt } from "./follower-progress.ts";
import type { ShardLog } from "./shard-log.ts";

/** The subscription is not served, for one of the reasons of the error catalogue. */
export function refused(reason: number): SubscriptionVerdict {
  return { type: "refused", reason };
}

/** Why the leader of a configuration cannot serve a subscription as it is; undefined when it can. */
export function judgeSubscription(
  event: FollowerAttached,
  configuration: ShardConfiguration | undefined,
  log: ShardLog,
): SubscriptionVerdict | undefined {
  if (configuration === undefined) return refused(ItemError.NOT_LEADER);
  if (event.promisedGeneration !== configuration.generation) return refused(ItemError.STALE_GENERATION);
  if (!configuration.replicas.includes(event.nodeId)) return refused(ItemError.WRONG_SHARD);
  if (event.incarnation !== undefined && !bytesEqual(event.incarnation, configuration.incarnation)) {
    return refused(ItemError.WAL_CORRUPT);
  }
  const { view, appendedLsn } = log;
  if (event.lastLsn + 1 < view.firstLsn) return { type: "snapshot_needed", firstLsn: view.firstLsn };
  if (event.lastLsn <= appendedLsn && endsAt(view, event.lastLsn, event.lastChain)) {
    // A replica outside the ack set never holds what is not committed.
    const isAhead = !configuration.ackSet.includes(event.nodeId) && event.lastLsn > log.committedLsn;
    return isAhead ? refused(ItemError.SHARD_FROZEN) : undefined;
  }
  return sharedEnd(event, configuration, log);
}

/** Where the follower's log parts from the leader's: the newest frame end both can hold. */
function sharedEnd(
  event: FollowerAttached,
  configuration: ShardConfiguration,
  log: ShardLog,
): SubscriptionVerdict {
  const { view, appendedLsn } = log;
  const generations = [...log.generations(), configuration];
  let keepLsn = Math.min(event.lastLsn, appendedLsn, endOfGeneration(generations, event.lastGeneration));
  if (keepLsn < view.firstLsn && view.firstLsn > 1)
    return { type: "snapshot_needed", firstLsn: view.firstLsn };
  if (keepLsn < 1) return { type: "truncate", keepLsn: 0, keepChain: CHAIN_START };
  const frame = view.frameAt(keepLsn);
  if (frame.lastLsn !== keepLsn) keepLsn = frame.firstLsn - 1;
  const keepChain = keepLsn === frame.lastLsn ? frame.chain : frame.prevChain;
  return { type: "truncate", keepLsn, keepChain };
}
