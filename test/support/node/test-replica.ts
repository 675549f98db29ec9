import { Kind } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { Replica } from "../../../node/reads/replica.ts";
import type { ShardConfiguration } from "../../../node/shard/configuration.ts";
import type { ShardStatus } from "../../../node/shard/shard-engine.ts";
import { FrameAuthor, incarnationOf, SHARD_ID } from "../shard/frame-author.ts";
import { namedToken } from "../shard/named-tokens.ts";

/** Configuration of the test shard: a leads in Madrid, b is its peer, c the remote in New York. */
export const TEST_CONFIGURATION: ShardConfiguration = {
  shardId: SHARD_ID,
  generation: 1,
  incarnation: incarnationOf(1),
  leader: "a",
  ackSet: ["a", "b"],
  remote: "c",
  replicas: ["a", "b", "c"],
  startLsn: 1,
  operationId: "first",
  established: true,
};

/** Region of the nodes in {@link TEST_CONFIGURATION}. */
export const regionOf = (nodeId: string): string =>
  ({ a: "madrid", b: "madrid", c: "new-york" })[nodeId] ?? "";

/** A replica whose log an author writes, with the role and positions the test gives it. */
export class TestReplica implements Replica {
  readonly shardId = SHARD_ID;
  readonly author: FrameAuthor;
  /** Differences from a leader with authority whose remote holds everything. */
  changes: Partial<ShardStatus> = {};
  readonly pending = new Set<string>();

  constructor(author = new FrameAuthor()) {
    this.author = author;
    if (author.log.lastLsn === 0) author.start();
  }

  get state() {
    return this.author.state;
  }
  get log() {
    return this.author.log;
  }

  status(): ShardStatus {
    const { lastLsn } = this.log;
    return {
      configuration: TEST_CONFIGURATION,
      promisedGeneration: 1,
      isLeader: true,
      isEstablished: true,
      refusal: 0,
      hasPeerGrants: true,
      hasReadAuthority: true,
      gateClause: "",
      appendedLsn: lastLsn,
      durableLsn: lastLsn,
      committedLsn: lastLsn,
      appliedLsn: this.state.appliedLsn,
      remoteDurableLsn: lastLsn,
      remoteLagMs: 0,
      followerFault: "",
      ...this.changes,
    };
  }

  isTokenPending(issuerId: string, token: Uint8Array): boolean {
    return this.pending.has(`${issuerId}/${Buffer.from(token).toString("hex")}`);
  }

  /** Lets a token look like one of the frame in flight. */
  setPending(issuerId: string, tokenName: string): void {
    this.pending.add(`${issuerId}/${Buffer.from(namedToken(tokenName)).toString("hex")}`);
  }

  /** Follows instead of leading. */
  follow(): this {
    this.changes = { ...this.changes, isLeader: false, isEstablished: false, hasReadAuthority: false };
    return this;
  }

  register(issuerId: string, limitMinor = 1_000_000): this {
    const token = namedToken(`register ${issuerId}`);
    this.author.write({
      kind: Kind.REGISTER_ISSUER,
      token,
      issuerId,
      amountMinor: limitMinor,
      currency: "EUR",
    });
    return this;
  }

  /** Writes mutations into one frame; returns the LSN of the first. */
  write(...mutations: MutationFields[]): number {
    return this.author.write(...mutations).frame.firstLsn;
  }
}

/** A reserve of 100 whose token is that of a name. */
export function reserve(name: string, issuerId: string, more: Partial<MutationFields> = {}): MutationFields {
  return { kind: Kind.RESERVE, token: namedToken(name), issuerId, amountMinor: 100, ...more };
}

/** A mutation of the reservation that a name's token made. */
export function change(
  kind: Kind,
  name: string,
  target: string,
  issuerId: string,
  amountMinor = 0,
): MutationFields {
  return { kind, token: namedToken(name), targetToken: namedToken(target), issuerId, amountMinor };
}
