import type { Clock } from "../../common/clock.ts";
import type { SessionTokenSigner } from "../../common/tokens/session-token.ts";
import type { FollowerStreams } from "../replication/follower-streams.ts";
import type { ReadGate } from "../reads/read-gate.ts";
import type { Answerer } from "../reads/read-label.ts";
import type { ShardHosts } from "./shard-hosts.ts";

/** What the services of a node answer from, once the node has joined its cluster. */
export type ServingNode = {
  /** Who answers: this node and its region. */
  readonly answerer: Answerer;
  readonly hosts: ShardHosts;
  readonly followers: Pick<FollowerStreams, "accept">;
  readonly sessions: SessionTokenSigner;
  readonly gate: ReadGate;
  readonly clock: Clock;
  /** How long a token is good for, milliseconds. */
  readonly tokenRetentionMs: number;
};
