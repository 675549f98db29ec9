import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import type { StatusObject } from "@grpc/grpc-js";
import { type GrpcCodeName, grpcCodeName } from "../../common/errors/grpc-code.ts";
import {
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../proto/gen/google/rpc/error_details_pb.ts";
import { type Status, StatusSchema } from "../../proto/gen/google/rpc/status_pb.ts";

/** A gRPC status with the standard details, as any client can read them. */
export interface WireStatus {
  readonly code: GrpcCodeName;
  readonly message: string;
  /** google.rpc.ErrorInfo. */
  readonly info: ErrorInfo | undefined;
  /** Delay of google.rpc.RetryInfo, milliseconds. */
  readonly retryMs: number | undefined;
  /** Value of grpc-retry-pushback-ms. */
  readonly pushbackMs: number | undefined;
  /** Fields of google.rpc.BadRequest. */
  readonly fields: readonly string[];
}

/** Reads a status and its trailers. */
export function wireStatus({ code, details, metadata }: Partial<StatusObject>): WireStatus {
  const trailer = metadata?.get("grpc-status-details-bin")[0];
  const status = trailer instanceof Uint8Array ? fromBinary(StatusSchema, trailer) : undefined;
  const pushback = metadata?.get("grpc-retry-pushback-ms")[0];
  return {
    code: grpcCodeName(code ?? 2),
    message: details ?? "",
    ...detailsOf(status),
    pushbackMs: typeof pushback === "string" ? Number(pushback) : undefined,
  };
}

function detailsOf(status: Status | undefined): Pick<WireStatus, "info" | "retryMs" | "fields"> {
  const details = status?.details ?? [];
  const retry = details.map((any) => anyUnpack(any, RetryInfoSchema)).find((found) => found !== undefined);
  const bad = details.map((any) => anyUnpack(any, BadRequestSchema)).find((found) => found !== undefined);
  return {
    info: details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((found) => found !== undefined),
    retryMs: retry?.retryDelay && durationMs(retry.retryDelay),
    fields: bad?.fieldViolations.map(({ field }) => field) ?? [],
  };
}
