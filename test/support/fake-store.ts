import { create } from "@bufbuild/protobuf";
import {
  type MutationOutcome,
  MutationOutcomeSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";

/** A decision of the fake store: always an approval. */
export interface FakeDecision {
  readonly shardId: number;
  readonly generation: number;
  readonly lsn: number;
  readonly replayed: boolean;
  /** The token was used before with other contents: this is no decision at all. */
  readonly reused: boolean;
}

interface Recorded {
  readonly shardId: number;
  readonly lsn: number;
  readonly contents: string;
}

const GENERATION = 2;

/** A store with a memory for tokens and no rules: what is new is approved, what is known is replayed. */
export class FakeStore {
  /** Shards of issuers that do not live on shard 3. */
  readonly shards = new Map<string, number>();
  readonly #recorded = new Map<string, Recorded>();

  get size(): number {
    return this.#recorded.size;
  }

  shardOf(issuerId: string): number {
    return this.shards.get(issuerId) ?? 3;
  }

  record(issuerId: string, token: string, contents: string): FakeDecision {
    const known = this.#recorded.get(`${issuerId}/${token}`);
    if (known !== undefined)
      return { ...decision(known), replayed: true, reused: known.contents !== contents };
    const recorded = { shardId: this.shardOf(issuerId), lsn: this.#recorded.size + 1, contents };
    this.#recorded.set(`${issuerId}/${token}`, recorded);
    return { ...decision(recorded), replayed: false, reused: false };
  }

  find(issuerId: string, token: string): FakeDecision | undefined {
    const known = this.#recorded.get(`${issuerId}/${token}`);
    return known && { ...decision(known), replayed: true, reused: false };
  }
}

/** A decision in the words of the wire. */
export function outcomeOf({ shardId, generation, lsn, replayed }: FakeDecision): MutationOutcome {
  return create(MutationOutcomeSchema, {
    decision: Decision.APPROVED,
    label: {
      position: { shardId, generation: BigInt(generation), lsn: BigInt(lsn) },
      sessionToken: `session-${lsn}`,
      durability: Durability.LOCAL_SYNC,
      replayed,
    },
  });
}

function decision({ shardId, lsn }: Recorded) {
  return { shardId, lsn, generation: GENERATION };
}
