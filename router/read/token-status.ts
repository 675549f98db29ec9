import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../common/errors/store-error.ts";
import { checkTokenStatus } from "../../common/validation/token-status-fields.ts";
import {
  type GetTokenStatusRequest,
  type GetTokenStatusResponse,
  GetTokenStatusResponseSchema,
  ReservationService,
  TokenStatus,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { ReadContract } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { IssuerDirectory } from "../directory/issuer-directory.ts";
import type { ShardDirectory } from "../directory/shard-directory.ts";
import type { NodeCalls } from "./node-calls.ts";

/** An APPROVED older than this is not believed, so no answer is waited for longer; in milliseconds. */
const OBSERVE_MS_MAX = 1_000;

/** What token status is made of. */
export type TokenStatusParts = {
  readonly issuers: IssuerDirectory;
  readonly shards: ShardDirectory;
  readonly calls: NodeCalls;
};

/** Finds out what became of a token. */
export class TokenStatusCalls {
  readonly #parts: TokenStatusParts;

  constructor(parts: TokenStatusParts) {
    this.#parts = parts;
  }

  /** With the issuer asks its leader, without asks every leader. */
  async get(request: GetTokenStatusRequest, waitMs: number): Promise<GetTokenStatusResponse> {
    const { isFence } = checkTokenStatus(request);
    if (request.issuerId !== "") {
      const shardId = await this.#parts.issuers.locate(request.issuerId);
      return isFence ? this.#fence(shardId, request, waitMs) : this.#observe(shardId, request, waitMs);
    }
    return this.#observeEverywhere(request, waitMs);
  }

  /** Writes a tombstone, so a lost answer leaves COMMIT_OUTCOME_UNKNOWN; asking again is safe. */
  #fence(shardId: number, request: GetTokenStatusRequest, waitMs: number): Promise<GetTokenStatusResponse> {
    return this.#parts.calls.askLeader(shardId, ReservationService.method.getTokenStatus, request, {
      waitMs,
      foreignReason: "COMMIT_OUTCOME_UNKNOWN",
    });
  }

  #observe(shardId: number, request: GetTokenStatusRequest, waitMs: number): Promise<GetTokenStatusResponse> {
    return this.#parts.calls.askLeader(shardId, ReservationService.method.getTokenStatus, request, {
      waitMs: Math.min(OBSERVE_MS_MAX, waitMs),
      foreignReason: "LEADER_UNREACHABLE",
    });
  }

  async #observeEverywhere(request: GetTokenStatusRequest, waitMs: number): Promise<GetTokenStatusResponse> {
    const shards = this.#parts.shards.shards();
    if (shards.length === 0) throw new StoreError("METADATA_UNAVAILABLE");
    const asked = await Promise.allSettled(
      shards.map(({ shardId }) => this.#observe(shardId, request, waitMs)),
    );
    const answers = asked.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const found = answers.find(({ status }) => !SAYS_NO.has(status));
    if (found !== undefined) return found;
    if (answers.length < shards.length) throw notAllAnswered(answers.length, shards.length);
    return nowhere(answers);
  }
}

const SAYS_NO = new Set<TokenStatus>([TokenStatus.NOT_FOUND, TokenStatus.EXPIRED]);

/** Every leader said no. A lossy change that could explain it is named. */
function nowhere(answers: readonly GetTokenStatusResponse[]): GetTokenStatusResponse {
  const isExpired = answers.some(({ status }) => status === TokenStatus.EXPIRED);
  const lossyChange = answers.find((answer) => answer.lossyChange !== undefined)?.lossyChange;
  const contract = ReadContract.LINEARIZABLE;
  return create(GetTokenStatusResponseSchema, {
    status: isExpired ? TokenStatus.EXPIRED : TokenStatus.NOT_FOUND,
    label: { contractAsked: contract, contractServed: contract },
    ...(lossyChange !== undefined && { lossyChange }),
  });
}

/** "Not found" may be said only if everybody said it. */
function notAllAnswered(answered: number, asked: number): StoreError {
  return new StoreError("LEADER_UNREACHABLE", {
    message: `${answered} of ${asked} leaders answered, none of them knows the token`,
    metadata: { leadersAnswered: String(answered), leadersAsked: String(asked) },
  });
}
