import { create } from "@bufbuild/protobuf";
import { invalidRequest } from "../../common/errors/store-error.ts";
import type { MutationFields } from "../../common/batch/mutation-batch.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  checkRegisterIssuer,
  checkSetIssuerLimit,
  requireValid,
} from "../../common/validation/mutation-fields.ts";
import {
  type NodeAdminService,
  RecordIssuerLimitResponseSchema,
  RecordIssuerResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { MutationOutcome } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import { hostOf } from "./call-shard.ts";
import { safeInteger } from "./safe-integer.ts";
import { labelledOutcome, submitMutation } from "./single-mutation.ts";

/** Handlers of NodeAdminService: node-local work for the rest of the cluster. */
export function nodeAdminHandlers(serving: () => ServingNode): ServiceHandlers<typeof NodeAdminService> {
  return {
    recordIssuer: async ({ shardId, generation, registration }, context) => {
      if (registration === undefined) throw invalidRequest("registration", "is missing");
      const fields = requireValid(checkRegisterIssuer(registration));
      const outcome = await record(serving(), shardId, generation, fields, context);
      return create(RecordIssuerResponseSchema, { outcome });
    },
    recordIssuerLimit: async ({ shardId, generation, change }, context) => {
      if (change === undefined) throw invalidRequest("change", "is missing");
      const fields = requireValid(checkSetIssuerLimit(change));
      const outcome = await record(serving(), shardId, generation, fields, context);
      return create(RecordIssuerLimitResponseSchema, { outcome });
    },
  };
}

async function record(
  node: ServingNode,
  shardId: number,
  generation: bigint,
  fields: MutationFields,
  context: CallContext,
): Promise<MutationOutcome> {
  const shard = { host: hostOf(node, shardId), generation: safeInteger(generation, "generation") };
  const result = await submitMutation(shard, node, fields, "cluster", context);
  return labelledOutcome(node, shard.host, result);
}
