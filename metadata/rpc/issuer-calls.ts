import { create } from "@bufbuild/protobuf";
import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import {
  checkRegisterIssuer,
  checkSetIssuerLimit,
  requireValid,
} from "../../common/validation/mutation-fields.ts";
import {
  type ListIssuersRequest,
  type ListIssuersResponse,
  ListIssuersResponseSchema,
  NodeAdminService,
  RecordIssuerLimitRequestSchema,
  RecordIssuerRequestSchema,
  type RegisterIssuerRequest,
  type RegisterIssuerResponse,
  RegisterIssuerResponseSchema,
  type SetIssuerLimitRequest,
  type SetIssuerLimitResponse,
  SetIssuerLimitResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { Decision } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { EngineDriver } from "../engine-driver.ts";
import type { LeaderCaller } from "./leader-caller.ts";

const PAGE_SIZE_DEFAULT = 1000;
const PAGE_SIZE_MAX = 10_000;

/**
 * Registers issuers and sets limits. The register decides only where an issuer lives; everything else
 * about it is decided and recorded by the leader of that shard. A crash between the two leaves a
 * placement without a record, which the next registration of the issuer completes.
 */
export class IssuerCalls {
  readonly #driver: EngineDriver;
  readonly #leaders: LeaderCaller;

  constructor(driver: EngineDriver, leaders: LeaderCaller) {
    this.#driver = driver;
    this.#leaders = leaders;
  }

  /** Places the issuer, has its leader record it, and answers with the leader's decision. */
  async register(registration: RegisterIssuerRequest, context: CallContext): Promise<RegisterIssuerResponse> {
    requireValid(checkRegisterIssuer(registration));
    const { issuerId, homeRegion, currency } = registration;
    const { shardId } = this.#driver.handle({ kind: "place_issuer", issuerId, homeRegion, currency });
    const { outcome } = await this.#leaders.call(
      shardId,
      context.remainingMs(),
      ({ channel, generation, deadlineMs }) => {
        const request = create(RecordIssuerRequestSchema, { shardId, generation, registration });
        return channel.unary(NodeAdminService.method.recordIssuer, request, { deadlineMs });
      },
    );
    if (outcome?.decision === Decision.APPROVED) {
      this.#driver.handle({ kind: "confirm_issuer", issuerId, currency });
    }
    return create(RegisterIssuerResponseSchema, { shardId, ...(outcome !== undefined && { outcome }) });
  }

  /** Has the issuer's leader record the limit. */
  async setLimit(change: SetIssuerLimitRequest, context: CallContext): Promise<SetIssuerLimitResponse> {
    requireValid(checkSetIssuerLimit(change));
    const placement = this.#driver.engine.state.issuers.get(change.issuerId);
    if (placement === undefined) throw new StoreError("ISSUER_NOT_FOUND");
    const { shardId } = placement;
    const { outcome } = await this.#leaders.call(
      shardId,
      context.remainingMs(),
      ({ channel, generation, deadlineMs }) => {
        const request = create(RecordIssuerLimitRequestSchema, { shardId, generation, change });
        return channel.unary(NodeAdminService.method.recordIssuerLimit, request, { deadlineMs });
      },
    );
    return create(SetIssuerLimitResponseSchema, outcome === undefined ? {} : { outcome });
  }

  /** One page of issuers; the page token is the last id of the page before. */
  list({ pageSize, pageToken }: ListIssuersRequest): ListIssuersResponse {
    if (pageSize > PAGE_SIZE_MAX) throw invalidRequest("page_size", `must be at most ${PAGE_SIZE_MAX}`);
    const size = pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize;
    const found = this.#driver.engine.state.issuers.page(pageToken, size + 1);
    const issuers = found.slice(0, size);
    const nextPageToken = found.length > size ? (issuers.at(-1)?.issuerId ?? "") : "";
    return create(ListIssuersResponseSchema, { issuers: [...issuers], nextPageToken });
  }
}
