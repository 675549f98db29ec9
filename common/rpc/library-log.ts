import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";

/**
 * Keeps the gRPC library from writing its own lines to standard error, where ours are JSON: all it
 * has to say reaches us as an error too. GRPC_VERBOSITY brings its lines back for debugging.
 */
export function silenceLibraryLog(): void {
  if (process.env["GRPC_VERBOSITY"] === undefined) setLogVerbosity(logVerbosity.NONE);
}
