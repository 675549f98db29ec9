import t from "tap";
import { planCluster, portsNeeded } from "../../../cli/cluster/cluster-plan.ts";
import { MADRID_AND_NEW_YORK, METADATA_SITE } from "../../../cli/cluster/cluster-shape.ts";

const SHAPE = { regions: MADRID_AND_NEW_YORK, shards: 8, wanDelayMs: 45 };
const PORTS = Array.from({ length: portsNeeded(SHAPE) }, (_, index) => 20_000 + index);
const PLAN = planCluster(SHAPE, PORTS, {
  directory: "/data",
  nodeFlags: ["--lanes", "2"],
  metadataFlags: ["--automatic-failover", "false"],
});

function flag(args: readonly string[], name: string): string {
  const value = args[args.indexOf(name) + 1];
  if (!args.includes(name) || value === undefined) throw new Error(`no ${name}`);
  return value;
}

t.test("every process has addresses and a directory of its own", async (t) => {
  const plans = [PLAN.metadata, ...PLAN.nodes, ...PLAN.routers];
  t.same(
    plans.map(({ name }) => name),
    ["metadata", "madrid-1", "madrid-2", "new-york-1", "new-york-2", "router-madrid", "router-new-york"],
  );
  const listening = plans.flatMap(({ args }) => [flag(args, "--listen"), flag(args, "--ops-listen")]);
  const links = Object.values(PLAN.links).map(({ listen }) => listen);
  t.equal(new Set([...listening, ...links]).size, PORTS.length, "every port is used once");
  t.equal(new Set(PLAN.nodes.map(({ args }) => flag(args, "--data-dir"))).size, 4);
  t.ok(PLAN.nodes.every(({ args }) => flag(args, "--lanes") === "2"));
  t.equal(flag(PLAN.metadata.args, "--automatic-failover"), "false");
});

t.test("whoever dials across sites goes through the WAN, at home nobody does", async (t) => {
  const listenOf = (name: string) =>
    flag(PLAN.nodes.find((plan) => plan.name === name)?.args ?? [], "--listen");
  t.equal(Object.keys(PLAN.links).length, 10);
  t.equal(PLAN.links["new-york>madrid-1"].target, listenOf("madrid-1"));
  t.equal(PLAN.links[`${METADATA_SITE}>madrid-1`].target, listenOf("madrid-1"));
  t.equal(PLAN.links["madrid>metadata"].target, flag(PLAN.metadata.args, "--listen"));
  const [madrid] = PLAN.nodes;
  t.equal(flag(madrid.args, "--metadata"), PLAN.links["madrid>metadata"].listen);
  t.equal(
    flag(madrid.args, "--advertise-in"),
    `new-york=${PLAN.links["new-york>madrid-1"].listen},${METADATA_SITE}=${PLAN.links[`${METADATA_SITE}>madrid-1`].listen}`,
  );
  t.notOk("madrid>madrid-1" in PLAN.links);
});

t.test("routers are found by their region", async (t) => {
  t.equal(PLAN.endpoints["new-york"], flag(PLAN.routers[1].args, "--listen"));
  t.equal(PLAN.opsAddresses["router-new-york"], flag(PLAN.routers[1].args, "--ops-listen"));
});

t.test("too few ports are refused", async (t) => {
  t.throws(() => planCluster(SHAPE, PORTS.slice(1), { directory: "/data" }), /too few ports/);
});
