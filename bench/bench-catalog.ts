import type { AnyBench } from "./bench.ts";
import { commitPath } from "./commit-path.bench.ts";
import { followerRead } from "./follower-read.bench.ts";
import { growth } from "./growth.bench.ts";
import { peers } from "./peers.bench.ts";
import { replayRestart } from "./replay-restart.bench.ts";
import { replicatedCommit } from "./replicated-commit.bench.ts";
import { reserveSdk } from "./reserve-sdk.bench.ts";
import { reserveStream } from "./reserve-stream.bench.ts";
import { reserveUnary } from "./reserve-unary.bench.ts";
import { shardScaling } from "./shard-scaling.bench.ts";
import { tokenStatus } from "./token-status.bench.ts";

/** Every benchmark, in the order in which they are listed. */
export const BENCHES: readonly AnyBench[] = [
  commitPath,
  replicatedCommit,
  reserveStream,
  reserveSdk,
  reserveUnary,
  tokenStatus,
  followerRead,
  replayRestart,
  shardScaling,
  growth,
  peers,
];
