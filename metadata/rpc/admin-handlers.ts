import { create } from "@bufbuild/protobuf";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  type AdminService,
  ListShardsResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import type { IssuerCalls } from "./issuer-calls.ts";
import type { OperationCalls } from "./operation-calls.ts";

/** Handlers of harborpoint.admin.v1.AdminService. */
export function adminHandlers(
  status: ClusterStatus,
  issuers: IssuerCalls,
  operations: OperationCalls,
): ServiceHandlers<typeof AdminService> {
  return {
    getClusterStatus: (_request, context) => status.overview(context),
    listShards: async (_request, context) =>
      create(ListShardsResponseSchema, { shards: await status.shards(context) }),
    describeShard: (request, context) => status.describe(request, context),
    registerIssuer: (request, context) => issuers.register(request, context),
    setIssuerLimit: (request, context) => issuers.setLimit(request, context),
    listIssuers: async (request) => issuers.list(request),
    switchover: async (request) => operations.switchover(request),
    watchOperation: (request, stream) => operations.watch(request, stream),
    listOperations: async (request) => operations.list(request),
  };
}
