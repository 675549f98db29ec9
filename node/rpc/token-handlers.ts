import { create } from "@bufbuild/protobuf";
import { Kind } from "../../common/batch/kinds.ts";
import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import { checkTokenStatus } from "../../common/validation/token-status-fields.ts";
import {
  type AwaitDurabilityRequest,
  type AwaitDurabilityResponse,
  AwaitDurabilityResponseSchema,
  type GetTokenStatusRequest,
  type GetTokenStatusResponse,
  GetTokenStatusResponseSchema,
  TokenStatus,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { ConsistencySchema } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { readLabel } from "../reads/read-label.ts";
import { observeToken, type TokenFinding } from "../reads/token-status.ts";
import { generationOfLsn } from "../shard/configuration.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import type { ShardHost } from "../runtime/shard-host.ts";
import { type CallShard, shardOfCall, shardOfIssuer } from "./call-shard.ts";
import { guardedRead } from "./read-guard.ts";
import { labelledOutcome, submitMutation } from "./single-mutation.ts";

/** How long a fence waits for the remote region before it is reported as home-only, milliseconds. */
const FENCE_WAIT_MS_MAX = 1_000;
/** AwaitDurability: default and longest wait, milliseconds. */
const AWAIT_MS_DEFAULT = 5_000;
const AWAIT_MS_MAX = 60_000;

/** Answers GetTokenStatus: always linearizable, so only at the leader. */
export async function getTokenStatus(
  node: ServingNode,
  request: GetTokenStatusRequest,
  context: CallContext,
): Promise<GetTokenStatusResponse> {
  const { issuerId } = request;
  const { token, isFence } = checkTokenStatus(request);
  const shard = shardOfIssuer(node, context, issuerId);
  // Only a leader with authority can say that there is nothing.
  let pass = node.gate.admit(undefined, shard.host);
  let finding = observe(node, shard.host, issuerId, token);
  if (isFence && !isFinal(finding)) {
    finding = await fence(node, shard, issuerId, token, context);
    pass = node.gate.admit(undefined, shard.host);
  }
  const outcome = finding.recorded && labelledOutcome(node, shard.host, finding.recorded);
  const label = readLabel(pass, shard.host, node.answerer);
  return create(GetTokenStatusResponseSchema, { status: finding.status, outcome, label });
}

/** Answers AwaitDurability: true as soon as the remote region holds the session's write. */
export async function awaitDurability(
  node: ServingNode,
  request: AwaitDurabilityRequest,
  context: CallContext,
): Promise<AwaitDurabilityResponse> {
  if (request.timeoutMs > AWAIT_MS_MAX) throw invalidRequest("timeout_ms", `must be at most ${AWAIT_MS_MAX}`);
  const { shardId, lsn } = node.sessions.verify(request.sessionToken);
  const { host } = shardOfCall(node, context, shardId);
  // A session read at the leader: the write must be part of the surviving history.
  const { sessionToken } = request;
  const session = create(ConsistencySchema, { contract: { case: "session", value: { sessionToken } } });
  if (!node.gate.admit(session, host).status.isLeader) throw new StoreError("NOT_LEADER");
  const timeoutMs = request.timeoutMs === 0 ? AWAIT_MS_DEFAULT : request.timeoutMs;
  const geoDurable = await waitForRemote(node, host, lsn, Math.min(timeoutMs, context.remainingMs()));
  const remoteLsn = host.status().remoteDurableLsn;
  const generation = BigInt(generationOfLsn(host.state.lineage, remoteLsn));
  return create(AwaitDurabilityResponseSchema, {
    geoDurable,
    remoteDurable: { shardId, generation, lsn: BigInt(remoteLsn) },
  });
}

/** Writes a tombstone unless the token is bound by then, and reports what is recorded. */
async function fence(
  node: ServingNode,
  shard: CallShard,
  issuerId: string,
  token: Uint8Array,
  context: CallContext,
): Promise<TokenFinding> {
  const { host } = shard;
  const { lsn } = await submitMutation(
    shard,
    node,
    { kind: Kind.TOKEN_FENCE, token, issuerId },
    "cluster",
    context,
  );
  const finding = observe(node, host, issuerId, token);
  if (finding.status !== TokenStatus.FENCED_HOME_ONLY) return finding;
  await waitForRemote(node, host, lsn, Math.min(FENCE_WAIT_MS_MAX, context.remainingMs() / 2));
  return observe(node, host, issuerId, token);
}

function observe(node: ServingNode, host: ShardHost, issuerId: string, token: Uint8Array): TokenFinding {
  const expiredBeforeMs = node.clock.wallMs() - node.tokenRetentionMs;
  return guardedRead(host.shardId, () => observeToken(host, issuerId, token, expiredBeforeMs));
}

/** Whether a fence has nothing left to do: something is recorded, or the token can never execute. */
function isFinal({ status }: TokenFinding): boolean {
  return status !== TokenStatus.NOT_FOUND && status !== TokenStatus.IN_FLIGHT;
}

async function waitForRemote(
  node: ServingNode,
  host: ShardHost,
  lsn: number,
  waitMs: number,
): Promise<boolean> {
  if (host.status().remoteDurableLsn >= lsn) return true;
  return host.waiters.wait(lsn, node.clock.monotonicMs() + waitMs);
}
