import { StoreError } from "../../common/errors/store-error.ts";
import type { SessionPosition, SessionTokenSigner } from "../../common/tokens/session-token.ts";
import { type Consistency, ReadContract } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { LineageEntry } from "../shard/configuration.ts";
import type { ShardStatus } from "../shard/shard-engine.ts";
import type { Replica } from "./replica.ts";

/** What became of a read that was asked of a replica which may not speak for the whole shard. */
export type FollowerReadResult = "served" | "not_leader" | "stale" | "position_not_reached" | "session_lost";

/** The permission to answer a read, and what the answer will be worth. */
export type ReadPass = {
  readonly asked: ReadContract;
  readonly served: ReadContract;
  readonly status: ShardStatus;
};

/**
 * Decides which contract this replica can keep for a read. A leader that can prove its authority
 * answers everything linearizably; any other replica answers a session read once it has applied the
 * session's write, and an undemanding read at once. It cannot prove how fresh it is, so a bounded
 * read is refused and goes to the leader.
 */
export class ReadGate {
  readonly #sessions: SessionTokenSigner;
  readonly #countFollowerRead: (result: FollowerReadResult) => void;

  constructor(sessions: SessionTokenSigner, countFollowerRead: (result: FollowerReadResult) => void) {
    this.#sessions = sessions;
    this.#countFollowerRead = countFollowerRead;
  }

  /**
   * Lets a read pass or throws NOT_LEADER, STALENESS_EXCEEDED, POSITION_NOT_REACHED, SESSION_LOST or
   * SESSION_TOKEN_INVALID. Unset consistency means linearizable.
   */
  admit(consistency: Consistency | undefined, replica: Replica): ReadPass {
    const status = replica.status();
    const contract = consistency?.contract;
    const asked = ASKED[contract?.case ?? "linearizable"];
    const session =
      contract?.case === "session" ? this.#sessions.verify(contract.value.sessionToken) : undefined;
    const refusal = session === undefined ? undefined : sessionRefusal(session, replica);
    if (status.hasReadAuthority) {
      if (refusal !== undefined) throw refusal;
      return { asked, served: ReadContract.LINEARIZABLE, status };
    }
    if (asked === ReadContract.LINEARIZABLE) throw this.#refused("not_leader", notAuthoritative(status));
    if (asked === ReadContract.BOUNDED) throw this.#refused("stale", new StoreError("STALENESS_EXCEEDED"));
    if (refusal !== undefined) {
      throw this.#refused(
        refusal.reason === "SESSION_LOST" ? "session_lost" : "position_not_reached",
        refusal,
      );
    }
    this.#countFollowerRead("served");
    return { asked, served: asked, status };
  }

  #refused(result: FollowerReadResult, error: StoreError): StoreError {
    this.#countFollowerRead(result);
    return error;
  }
}

/** Why a linearizable read is not answered here. */
function notAuthoritative(status: ShardStatus): StoreError {
  if (!status.isEstablished) return new StoreError("NOT_LEADER");
  return new StoreError("SYNC_PEER_UNAVAILABLE", { message: "the leader cannot prove that it still leads" });
}

/** Why a replica cannot answer a session, undefined when it can: it has applied the session's write. */
function sessionRefusal(session: SessionPosition, replica: Replica): StoreError | undefined {
  const { shardId, generation, lsn } = session;
  // A write on another shard asks nothing of this one.
  if (shardId !== replica.shardId) return undefined;
  const { lineage, appliedLsn } = replica.state;
  const lostAfterLsn = survivingEnd(lineage, generation);
  if (lsn > lostAfterLsn) {
    return new StoreError("SESSION_LOST", { metadata: decimal({ shardId, generation, lsn, lostAfterLsn }) });
  }
  const isKnown = generation <= (lineage.at(-1)?.generation ?? 0);
  if (isKnown && lsn <= appliedLsn) return undefined;
  return new StoreError("POSITION_NOT_REACHED", {
    metadata: decimal({ shardId, generation, lsn, appliedLsn }),
  });
}

const ASKED = {
  linearizable: ReadContract.LINEARIZABLE,
  session: ReadContract.SESSION,
  bounded: ReadContract.BOUNDED,
  any: ReadContract.ANY,
} as const;

/**
 * Last LSN of what a generation's clients saw that is still part of the lineage: one less than the
 * lowest start of any later generation, infinite when there is none. Holds for a generation of
 * which nothing survived, too.
 */
function survivingEnd(lineage: readonly LineageEntry[], generation: number): number {
  let end = Number.POSITIVE_INFINITY;
  for (const entry of lineage) if (entry.generation > generation) end = Math.min(end, entry.startLsn - 1);
  return end;
}

function decimal(position: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(position).map(([name, value]) => [name, String(value)]));
}
