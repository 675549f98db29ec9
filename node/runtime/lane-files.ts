/** Where a node keeps what, below its data directory. */

/** Database of what the node has bound itself to. */
export function nodeStorePath(dataDirectory: string): string {
  return `${dataDirectory}/node.sqlite`;
}

/** Directory of the shards' directories. */
export function shardsDirectory(dataDirectory: string): string {
  return `${dataDirectory}/shards`;
}

/** Directory of one shard: its log, its quarantine and its derived state. */
export function shardDirectory(dataDirectory: string, shardId: number): string {
  return `${shardsDirectory(dataDirectory)}/${shardId}`;
}

/** Database of a shard's derived state. */
export function stateStorePath(dataDirectory: string, shardId: number): string {
  return `${shardDirectory(dataDirectory, shardId)}/state.sqlite`;
}

/** File that a lane writes and syncs to see that the disk still works. */
export function probePath(dataDirectory: string, lane: number): string {
  return `${dataDirectory}/probe-${lane}`;
}
