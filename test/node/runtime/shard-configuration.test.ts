import t from "tap";
import { create } from "@bufbuild/protobuf";
import { shardConfiguration } from "../../../node/runtime/shard-configuration.ts";
import { ShardConfigSchema } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

t.test("a published configuration becomes the engine's", async (t) => {
  const config = create(ShardConfigSchema, {
    shardId: 4,
    generation: 7n,
    incarnation: "00010203-0405-4607-8809-0a0b0c0d0e0f",
    homeRegion: "madrid",
    leader: "a",
    ackSet: ["a", "b"],
    remote: "c",
    replicas: ["a", "b", "c"],
    startLsn: 100n,
    operationId: "op",
    established: true,
  });
  t.same(shardConfiguration(config), {
    shardId: 4,
    generation: 7,
    incarnation: Uint8Array.of(0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15),
    leader: "a",
    ackSet: ["a", "b"],
    remote: "c",
    replicas: ["a", "b", "c"],
    startLsn: 100,
    operationId: "op",
    established: true,
  });
});
