import type { ServiceDefinition } from "@grpc/grpc-js";
import { rawBytes } from "../../common/rpc/service-definition.ts";

/** HTTP/2 path of the echo. */
export const ECHO_PATH = "/bench.Echo/Call";

/** The echo's one method, bytes in and bytes out. */
export const ECHO_SERVICE: ServiceDefinition = {
  call: {
    path: ECHO_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: rawBytes,
    requestDeserialize: rawBytes,
    responseSerialize: rawBytes,
    responseDeserialize: rawBytes,
  },
};
