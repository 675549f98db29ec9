import { create } from "@bufbuild/protobuf";
import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  GetShardMapResponseSchema,
  KeepAliveResponseSchema,
  ListLineageResponseSchema,
  type LocateIssuerRequest,
  type LocateIssuerResponse,
  LocateIssuerResponseSchema,
  type MetadataService,
  ProposeConfigResponseSchema,
  RegisterNodeResponseSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { MetadataEngine } from "../model/metadata-engine.ts";
import type { ShardLineage } from "../model/shard-lineage.ts";
import type { EngineDriver } from "../engine-driver.ts";
import type { ClusterIdentity } from "../store/metadata-store.ts";
import { keepAliveRequest, proposeConfigRequest, registerNodeRequest } from "./metadata-requests.ts";
import type { ShardMapFeed } from "./shard-map-feed.ts";
import {
  type ClusterFrame,
  lineageEntryMessage,
  shardConfigMessage,
  shardMapMessage,
} from "./shard-map-messages.ts";

/** Parts of the metadata service's handlers. */
export interface MetadataHandlerParts {
  readonly driver: EngineDriver;
  readonly feed: ShardMapFeed;
  readonly identity: ClusterIdentity;
  readonly frame: ClusterFrame;
}

/** Handlers of harborpoint.metadata.v1.MetadataService. Reads answer from memory and never wait. */
export function metadataHandlers(parts: MetadataHandlerParts): ServiceHandlers<typeof MetadataService> {
  const { driver, feed, identity, frame } = parts;
  const { engine } = driver;
  const shardMap = () => shardMapMessage(engine, frame);
  return {
    locateIssuer: async (request) => locateIssuer(engine, request),
    getShardMap: async () => create(GetShardMapResponseSchema, { shardMap: shardMap() }),
    watchShardMap: (_request, stream) => feed.watch(shardMap(), stream),
    registerNode: async (request) => {
      driver.handle(registerNodeRequest(request));
      const { clusterId, sessionKey } = identity;
      return create(RegisterNodeResponseSchema, { clusterId, sessionKey, shardMap: shardMap() });
    },
    keepAlive: async (request) => {
      const { newer, leasedShardIds } = driver.handle(keepAliveRequest(request));
      return create(KeepAliveResponseSchema, {
        newer: newer.map(shardConfigMessage),
        leasedShardIds: [...leasedShardIds],
      });
    },
    proposeConfig: async (request) => {
      const inForce = driver.handle(proposeConfigRequest(request));
      return create(ProposeConfigResponseSchema, { config: shardConfigMessage(inForce) });
    },
    listLineage: async ({ shardId }) => {
      const { generations } = knownShard(engine, shardId);
      return create(ListLineageResponseSchema, { entries: generations.map(lineageEntryMessage) });
    },
  };
}

/** The lineage of a shard a request names. Throws INVALID_REQUEST when there is no such shard. */
export function knownShard(engine: MetadataEngine, shardId: number): ShardLineage {
  const lineage = engine.state.shards.get(shardId);
  if (lineage === undefined) throw invalidRequest("shard_id", `there is no shard ${shardId}`);
  return lineage;
}

function locateIssuer(engine: MetadataEngine, { issuerId }: LocateIssuerRequest): LocateIssuerResponse {
  if (issuerId === "") throw invalidRequest("issuer_id", "is missing");
  const placement = engine.state.issuers.get(issuerId);
  if (placement === undefined) throw new StoreError("ISSUER_NOT_FOUND");
  const { shardId, recorded } = placement;
  const config = shardConfigMessage(engine.state.lineage(shardId).current);
  return create(LocateIssuerResponseSchema, { shardId, config, recorded });
}
