import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";

/** The only member of a package definition that the reflection package reads. */
type PackageDefinition = ConstructorParameters<typeof ReflectionService>[0];

/** Serves grpc.reflection.v1 (and v1alpha) for the given services, from their own descriptors. */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const fileDescriptorProtos = fileClosure(services.map((service) => service.file)).map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)),
  );
  const definition = { all: { fileDescriptorProtos } } as unknown as PackageDefinition;
  new ReflectionService(definition, { services: services.map((service) => service.typeName) }).addToServer(
    server,
  );
}

/** The files and everything they import, imports first. */
function fileClosure(files: readonly DescFile[], seen = new Set<DescFile>()): DescFile[] {
  for (const file of files) {
    if (seen.has(file)) continue;
    fileClosure(file.dependencies, seen);
    seen.add(file);
  }
  return [...seen];
}
