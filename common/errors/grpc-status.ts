import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack, anyUnpack, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import {
  type BadRequest,
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from "../../proto/gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../proto/gen/google/rpc/status_pb.ts";
import type { Reason } from "./catalog.ts";
import { GrpcCode, type GrpcCodeName, grpcCodeName } from "./grpc-code.ts";
import { isReason } from "./reason.ts";
import { StoreError } from "./store-error.ts";

/** `google.rpc.ErrorInfo.domain` of every reason in the catalogue. */
const ERROR_DOMAIN = "harborpoint";

/** Longest sentence of a status, in UTF-16 units. */
const TEXT_LENGTH_MAX = 500;

/** Trailer with the serialized `google.rpc.Status`. */
export const STATUS_DETAILS_TRAILER = "grpc-status-details-bin";

/** Trailer that tells gRPC's own retry policy how long to wait, in milliseconds. */
export const RETRY_PUSHBACK_TRAILER = "grpc-retry-pushback-ms";

/** An error detail beside its schema. */
export type StatusDetail =
  | { readonly desc: typeof ErrorInfoSchema; readonly value: ErrorInfo }
  | { readonly desc: typeof RetryInfoSchema; readonly value: RetryInfo }
  | { readonly desc: typeof BadRequestSchema; readonly value: BadRequest };

/** A status as any transport can send it. */
export interface RpcStatus {
  /** Canonical status code. */
  readonly code: number;
  /** One sentence for people. */
  readonly message: string;
  /** Machine-readable details; none on an internal error. */
  readonly details: readonly StatusDetail[];
  /** Suggested wait in milliseconds when the same request may be repeated as it is. */
  readonly pushbackMs: number | undefined;
}

/** A bare status that a standard protocol prescribes, such as NOT_FOUND of grpc.health.v1. */
export class ProtocolStatusError extends Error {
  readonly code: GrpcCodeName;

  constructor(code: GrpcCodeName, message: string) {
    super(message);
    this.name = "ProtocolStatusError";
    this.code = code;
  }
}

/** The parts of a transport's error that the way back reads. */
interface TransportError {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly message?: unknown;
  readonly metadata?: { get(key: string): readonly unknown[] };
}

/**
 * Translates whatever a handler threw. A StoreError keeps its reason; anything else becomes
 * INTERNAL without our ErrorInfo and without its text, which is for the log only.
 */
export function statusFromError(error: unknown): RpcStatus {
  if (error instanceof ProtocolStatusError) return bareStatus(error.code, error.message);
  if (!(error instanceof StoreError)) return bareStatus("INTERNAL", "internal error");
  const message = boundedText(error.message);
  return {
    code: GrpcCode[error.row.status],
    message,
    details: detailsOf(error, message),
    pushbackMs: error.row.retry === "same-request" ? error.retryAfterMs : undefined,
  };
}

/** Serializes a status for {@link STATUS_DETAILS_TRAILER}. */
export function encodeStatus(status: RpcStatus): Uint8Array {
  const details = status.details.map(packDetail);
  return toBinary(
    StatusSchema,
    create(StatusSchema, { code: status.code, message: status.message, details }),
  );
}

/**
 * Translates a failed call on the caller's side.
 * @param error what the RPC library rejected with
 * @param foreignReason reason to assume when the status does not carry our ErrorInfo: whether it was
 *   recorded is then not known, so a mutation keeps the default and only reads name another
 */
export function storeErrorFromGrpc(
  error: unknown,
  foreignReason: Reason = "COMMIT_OUTCOME_UNKNOWN",
): StoreError {
  if (error instanceof StoreError) return error;
  const transport = (typeof error === "object" && error !== null ? error : {}) as TransportError;
  return tryDecodeStoreError(transport, error) ?? foreignError(transport, error, foreignReason);
}

function bareStatus(code: GrpcCodeName, message: string): RpcStatus {
  return { code: GrpcCode[code], message, details: [], pushbackMs: undefined };
}

/** A sentence may quote what a caller sent: too much of it, or no proper text, breaks the connection. */
function boundedText(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text.toWellFormed();
  return `${text.slice(0, TEXT_LENGTH_MAX).toWellFormed()}…`;
}

function detailsOf(error: StoreError, message: string): StatusDetail[] {
  const { outcome, retry } = error.row;
  const details: StatusDetail[] = [
    {
      desc: ErrorInfoSchema,
      value: create(ErrorInfoSchema, {
        reason: error.reason,
        domain: ERROR_DOMAIN,
        metadata: { ...error.metadata, outcome, retry },
      }),
    },
  ];
  if (error.retryAfterMs !== undefined) {
    const value = create(RetryInfoSchema, { retryDelay: durationFromMs(error.retryAfterMs) });
    details.push({ desc: RetryInfoSchema, value });
  }
  if (error.field !== undefined) {
    const violation = { field: error.field, description: message, reason: error.reason };
    details.push({
      desc: BadRequestSchema,
      value: create(BadRequestSchema, { fieldViolations: [violation] }),
    });
  }
  return details;
}

function packDetail(detail: StatusDetail): Any {
  return anyPack(detail.desc as DescMessage, detail.value as MessageShape<DescMessage>);
}

function tryDecodeStoreError(transport: TransportError, cause: unknown): StoreError | undefined {
  const trailer = transport.metadata?.get(STATUS_DETAILS_TRAILER)[0];
  if (!(trailer instanceof Uint8Array)) return undefined;
  try {
    return decodeStoreError(trailer, cause);
  } catch {
    // A damaged trailer tells as little as a missing one.
    return undefined;
  }
}

function decodeStoreError(trailer: Uint8Array, cause: unknown): StoreError | undefined {
  const status = fromBinary(StatusSchema, trailer);
  const info = findDetail(status.details, ErrorInfoSchema);
  if (info?.domain !== ERROR_DOMAIN || !isReason(info.reason)) return undefined;
  const { outcome: _outcome, retry: _retry, ...metadata } = info.metadata;
  const retryDelay = findDetail(status.details, RetryInfoSchema)?.retryDelay;
  const field = findDetail(status.details, BadRequestSchema)?.fieldViolations[0]?.field;
  return new StoreError(info.reason, {
    message: status.message,
    metadata,
    cause,
    ...(field !== undefined && { field }),
    ...(retryDelay !== undefined && { retryAfterMs: durationMs(retryDelay) }),
  });
}

function findDetail<Desc extends DescMessage>(
  details: readonly Any[],
  schema: Desc,
): MessageShape<Desc> | undefined {
  for (const any of details) {
    const value = anyUnpack(any, schema);
    if (value !== undefined) return value;
  }
  return undefined;
}

function foreignError(transport: TransportError, cause: unknown, reason: Reason): StoreError {
  const grpcCode = typeof transport.code === "number" ? grpcCodeName(transport.code) : "UNKNOWN";
  const text = transport.details ?? transport.message;
  return new StoreError(reason, {
    message: `${grpcCode}: ${typeof text === "string" && text !== "" ? text : "no details"}`,
    metadata: { grpcCode },
    cause,
  });
}
