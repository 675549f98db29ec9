import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import type { ShardHost } from "../runtime/shard-host.ts";

/** Request headers by which a router says which shard, and which generation of it, it means. */
const SHARD_HEADER = "harborpoint-shard-id";
const GENERATION_HEADER = "harborpoint-generation";

/** The shard a call is about. */
export type CallShard = {
  readonly host: ShardHost;
  /** Generation the caller acts on; 0 when it does not say. */
  readonly generation: number;
};

/**
 * A shard by its id. Throws WAL_CORRUPT when this node should hold it and cannot serve it, else
 * NOT_LEADER: the caller's map is not the newest.
 */
export function hostOf(node: ServingNode, shardId: number): ShardHost {
  const host = node.hosts.get(shardId);
  if (host !== undefined) return host;
  const problem = node.hosts.problemOf(shardId);
  const metadata = { shardId: String(shardId) };
  if (problem !== undefined) throw new StoreError("WAL_CORRUPT", { message: problem, metadata });
  throw new StoreError("NOT_LEADER", { message: `this node does not hold shard ${shardId}`, metadata });
}

/**
 * The shard a call about an issuer means: what a router said, else the one that knows the issuer.
 * Throws ISSUER_NOT_FOUND, NOT_LEADER, STALE_GENERATION, WAL_CORRUPT or INVALID_REQUEST.
 */
export function shardOfIssuer(node: ServingNode, context: CallContext, issuerId: string): CallShard {
  const shardId = integerHeader(context, SHARD_HEADER);
  if (shardId !== undefined) return shardOfCall(node, context, shardId);
  if (issuerId === "") throw invalidRequest("issuer_id", "is missing");
  const host = node.hosts.withIssuer(issuerId);
  if (host === undefined) throw new StoreError("ISSUER_NOT_FOUND");
  return { host, generation: 0 };
}

/**
 * A shard that the request itself names. Throws NOT_LEADER, STALE_GENERATION (this node has not
 * heard of the caller's generation), WAL_CORRUPT or INVALID_REQUEST.
 */
export function shardOfCall(node: ServingNode, context: CallContext, shardId: number): CallShard {
  const host = hostOf(node, shardId);
  const generation = integerHeader(context, GENERATION_HEADER) ?? 0;
  const known = host.status().configuration?.generation ?? 0;
  if (generation <= known) return { host, generation };
  throw new StoreError("STALE_GENERATION", {
    message: `this node knows generation ${known} of shard ${shardId} and not ${generation}`,
    metadata: { shardId: String(shardId), generation: String(known) },
  });
}

function integerHeader(context: CallContext, name: string): number | undefined {
  const text = context.header(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw invalidRequest(name, "must be a decimal number up to 2^53 - 1");
  }
  return value;
}
