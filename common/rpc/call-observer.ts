import type { DescMethod } from "@bufbuild/protobuf";
import type { GrpcCodeName } from "../errors/grpc-code.ts";

/** Hears about every call a server has finished; metrics implement it. */
export interface CallObserver {
  /** A call ended with the given code after so many seconds. Must not throw. */
  callHandled(method: DescMethod, code: GrpcCodeName, seconds: number): void;
}
