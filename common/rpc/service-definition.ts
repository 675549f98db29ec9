import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/** Messages cross the gRPC library as bytes; codecs run on our side of it, where errors can be typed. */
type RawMethod = MethodDefinition<Buffer, Buffer>;

const cache = new WeakMap<DescService, ServiceDefinition>();

/** HTTP/2 path of a method, such as "/harborpoint.cdc.v1.ChangeService/Subscribe". */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Passes bytes through unchanged. */
export function rawBytes(bytes: Buffer): Buffer {
  return bytes;
}

/** The gRPC library's view of a service, keyed by the local method names of the descriptor. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const known = cache.get(service);
  if (known !== undefined) return known;
  const definition = Object.fromEntries(
    service.methods.map((method) => [method.localName, rawMethod(method)]),
  );
  cache.set(service, definition);
  return definition;
}

function rawMethod(method: DescMethod): RawMethod {
  return {
    path: methodPath(method),
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: rawBytes,
    requestDeserialize: rawBytes,
    responseSerialize: rawBytes,
    responseDeserialize: rawBytes,
  };
}
