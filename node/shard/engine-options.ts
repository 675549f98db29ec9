import type { TokenWindow } from "../../common/batch/request-check.ts";
import type { Checksums } from "./checksums.ts";
import type { LogView } from "./log-view.ts";
import type { ShardState } from "./shard-state.ts";

/** What a shard's engine is made of; all of it is brought by the runtime. */
export type ShardEngineOptions = {
  readonly shardId: number;
  readonly nodeId: string;
  readonly log: LogView;
  readonly state: ShardState;
  readonly checksums: Checksums;
  readonly tokenWindow: TokenWindow;
  /** Most rows waiting for a frame; more is OVERLOADED. */
  readonly queueRowsMax: number;
  /** Makes operation ids. */
  readonly nextOperationId: () => string;
  /** End of the recovered log; everything in it is durable. */
  readonly tail: { readonly lsn: number; readonly chain: Uint8Array; readonly generation: number };
  /** Highest generation this node has promised. */
  readonly promisedGeneration: number;
  /** Monotonic time of the start: grants given in an earlier run may still be in force. */
  readonly bootMs: number;
};
