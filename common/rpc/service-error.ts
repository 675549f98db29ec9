import { Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  encodeStatus,
  RETRY_PUSHBACK_TRAILER,
  type RpcStatus,
  STATUS_DETAILS_TRAILER,
} from "../errors/grpc-status.ts";
import { asBuffer } from "./codec.ts";

/** A status in the form the gRPC library sends: code, text and trailers. */
export function serviceErrorFromStatus(status: RpcStatus): ServiceError {
  const metadata = new Metadata();
  if (status.details.length > 0) metadata.set(STATUS_DETAILS_TRAILER, asBuffer(encodeStatus(status)));
  if (status.pushbackMs !== undefined) metadata.set(RETRY_PUSHBACK_TRAILER, String(status.pushbackMs));
  return Object.assign(new Error(status.message), {
    code: status.code,
    details: status.message,
    metadata,
  });
}
