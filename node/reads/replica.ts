import type { LogView } from "../shard/log-view.ts";
import type { ShardStatus } from "../shard/shard-engine.ts";
import type { ShardState } from "../shard/shard-state.ts";

/** One shard of this node as reads see it: its applied state and the log behind it. */
export type Replica = {
  readonly shardId: number;
  readonly state: ShardState;
  readonly log: LogView;
  /** Role and positions now. */
  status(): ShardStatus;
  /** True while a mutation with this token is queued or in the frame in flight; "" means of any issuer. */
  isTokenPending(issuerId: string, token: Uint8Array): boolean;
};
