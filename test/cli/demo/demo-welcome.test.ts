import t from "tap";
import { planCluster, portsNeeded } from "../../../cli/cluster/cluster-plan.ts";
import { MADRID_AND_NEW_YORK } from "../../../cli/cluster/cluster-shape.ts";
import { renderWelcome } from "../../../cli/demo/demo-welcome.ts";

const SHAPE = { regions: MADRID_AND_NEW_YORK, shards: 8, wanDelayMs: 45 };

t.test("the welcome says where everything is, with commands that can be copied", async (t) => {
  const ports = Array.from({ length: portsNeeded(SHAPE) }, (_, index) => 20_000 + index);
  const plan = planCluster(SHAPE, ports, { directory: "/data" });
  const text = renderWelcome(plan, "/data", "EUCORP-150");
  for (const address of Object.values(plan.endpoints)) t.match(text, address);
  t.match(text, `npx harborpoint status --endpoint ${plan.endpoints.madrid}`);
  t.match(text, `reserve EUCORP-150 250000`);
  t.match(text, `http://${plan.opsAddresses["router-madrid"]}/metrics`);
  t.match(text, "/data");
});
