import t from "tap";
import { ConfigError } from "../../common/config/config-error.ts";
import { loadConfig } from "../../common/config/load-config.ts";
import { nodeConfigSchema } from "../../node/config.ts";

const needed = {
  "--node-id": "madrid-1",
  "--region": "madrid",
  "--zone": "mad-a",
  "--data-dir": "/data",
  "--metadata": "127.0.0.1:7300",
};
const load = (flags: Record<string, string> = {}) =>
  loadConfig(nodeConfigSchema, { flags: { ...needed, ...flags } }).value;

t.test("a node needs to know who and where it is; the rest has defaults", async (t) => {
  t.match(load(), {
    nodeId: "madrid-1",
    listen: "127.0.0.1:7400",
    opsListen: "127.0.0.1:9464",
    advertise: "",
    advertiseIn: {},
    lanes: 1,
    tokenRetentionMs: 30 * 86_400_000,
    tokenAheadMsMax: 300_000,
  });
  t.throws(() => loadConfig(nodeConfigSchema, { flags: {} }), ConfigError);
});

t.test("addresses by region are read from one text", async (t) => {
  const { advertiseIn } = load({ "--advertise-in": "new-york=127.0.0.1:7411, tokyo=proxy:1" });
  t.same(advertiseIn, { "new-york": "127.0.0.1:7411", tokyo: "proxy:1" });
});

t.test("what is malformed is named", async (t) => {
  const problem = (flags: Record<string, string>, pattern: RegExp) =>
    t.throws(() => load(flags), { message: pattern });
  problem({ "--listen": "nowhere" }, /listen.*must be host:port/);
  problem({ "--advertise": "nowhere" }, /advertise.*must be host:port/);
  problem({ "--advertise-in": "new-york" }, /"new-york" is not REGION=HOST:PORT/);
  problem({ "--node-id": "no spaces" }, /nodeId/);
  problem({ "--lanes": "0" }, /lanes/);
  problem({ "--listen": "0.0.0.0:7400" }, /advertise.*nobody can reach 0\.0\.0\.0:7400/);
  t.match(load({ "--listen": "0.0.0.0:7400", "--advertise": "node-1:7400" }), { advertise: "node-1:7400" });
});
