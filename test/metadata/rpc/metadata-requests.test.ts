import { create, type MessageInitShape } from "@bufbuild/protobuf";
import t from "tap";
import { registerNodeRequest } from "../../../metadata/rpc/metadata-requests.ts";
import {
  type NodeInfoSchema,
  RegisterNodeRequestSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { node } from "../fixtures.ts";

function register(changes: MessageInitShape<typeof NodeInfoSchema>) {
  const { addressByRegion, ...sound } = node("madrid", 1);
  const info = { ...sound, addressByRegion: { ...addressByRegion }, ...changes };
  return registerNodeRequest(create(RegisterNodeRequestSchema, { node: info, clusterId: "c" }));
}

t.test("a sound introduction is translated", async (t) => {
  t.match(register({ addressByRegion: { "new-york": "proxy:1" } }), {
    kind: "register_node",
    clusterId: "c",
    node: { ...node("madrid", 1), addressByRegion: { "new-york": "proxy:1" } },
  });
});

t.test("each malformed field of an introduction is named", async (t) => {
  const cases: [MessageInitShape<typeof NodeInfoSchema>, string, RegExp][] = [
    [{ nodeId: "" }, "node.node_id", /is missing/],
    [{ nodeId: "a b" }, "node.node_id", /must be 1 to 64/],
    [{ nodeId: "x".repeat(65) }, "node.node_id", /must be 1 to 64/],
    [{ zone: "" }, "node.zone", /is missing/],
    [{ address: "nowhere" }, "node.address", /host:port/],
    [{ bootId: "1" }, "node.boot_id", /UUID/],
    [{ addressByRegion: { paris: "x" } }, "node.address_by_region[paris]", /host:port/],
  ];
  for (const [changes, field, message] of cases) {
    t.throws(() => register(changes), { name: "StoreError", field, message }, `${field} ${message.source}`);
  }
  t.throws(() => registerNodeRequest(create(RegisterNodeRequestSchema)), { message: /^node: is missing/ });
});
