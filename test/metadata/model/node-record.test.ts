import t from "tap";
import { addressFrom, type NodeRecord, sameNode, shareZone } from "../../../metadata/model/node-record.ts";
import { node, uuid } from "../fixtures.ts";

t.test("only the same zone of the same region is one zone", async (t) => {
  t.equal(shareZone(node("madrid", 1), node("madrid", 2, { zone: "madrid-z1" })), true);
  t.equal(shareZone(node("madrid", 1), node("madrid", 2)), false);
  t.equal(shareZone(node("madrid", 1), node("new-york", 1, { zone: "madrid-z1" })), false);
});

t.test("a caller dials the address meant for its place", async (t) => {
  const record = node("madrid", 1, { addressByRegion: { geneva: "proxy:1" } });
  t.equal(addressFrom(record, "geneva"), "proxy:1");
  t.equal(addressFrom(record, "new-york"), "madrid-1.example:7400");
  t.equal(addressFrom(record, ""), "madrid-1.example:7400");
});

t.test("every field of a node counts", async (t) => {
  const record = node("madrid", 1, { addressByRegion: { geneva: "proxy:1" } });
  t.equal(sameNode(record, { ...record, addressByRegion: { geneva: "proxy:1" } }), true);
  const changes: Partial<NodeRecord>[] = [
    { bootId: uuid(9) },
    { region: "new-york" },
    { zone: "z" },
    { address: "x:1" },
    { addressByRegion: {} },
    { addressByRegion: { geneva: "proxy:2" } },
    { addressByRegion: { paris: "proxy:1" } },
  ];
  for (const change of changes) t.equal(sameNode(record, { ...record, ...change }), false);
});
