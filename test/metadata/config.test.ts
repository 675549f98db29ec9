import t from "tap";
import { loadConfig } from "../../common/config/load-config.ts";
import { metadataConfigSchema, shapeOf, timingsOf } from "../../metadata/config.ts";
import { checkCoherence } from "../../metadata/model/coherence.ts";
import { MetadataState } from "../../metadata/model/metadata-state.ts";

const REQUIRED = {
  "--data-dir": "/data",
  "--regions": "madrid:Europe/Madrid, new-york:America/New_York",
};

function load(flags: Readonly<Record<string, string>> = {}) {
  return loadConfig(metadataConfigSchema, { flags: { ...REQUIRED, ...flags } }).value;
}

t.test("the defaults are coherent", async (t) => {
  const config = load({ "--site": "geneva" });
  t.match(config, { shards: 8, nodesPerRegion: 2, listen: "127.0.0.1:7400", opsListen: "127.0.0.1:9464" });
  t.strictSame(checkCoherence(timingsOf(config), shapeOf(config), config.site, new MetadataState()), []);
});

t.test("regions come with their time zones, in order", async (t) => {
  t.strictSame(load().regions, [
    { region: "madrid", timeZone: "Europe/Madrid" },
    { region: "new-york", timeZone: "America/New_York" },
  ]);
  t.strictSame(shapeOf(load()).regions, ["madrid", "new-york"]);
});

t.test("malformed regions are named", async (t) => {
  for (const regions of ["madrid", "madrid:Europe/Atlantis", "Madrid:Europe/Madrid", "a:UTC,"]) {
    t.throws(() => load({ "--regions": regions }), { message: /regions.*is not region:Time\/Zone/ }, regions);
  }
});

t.test("flags of the protocol's times", async (t) => {
  const flags = {
    "--rpo-ms": "1",
    "--grant-ms": "2",
    "--grant-kept-ms": "3",
    "--client-limit-ms": "4",
    "--lease-ms": "5",
    "--lease-kept-ms": "6",
    "--heartbeat-ms": "7",
  };
  t.strictSame(Object.values(timingsOf(load(flags))), [1, 2, 3, 4, 5, 6, 7]);
  t.throws(() => load({ "--rpo-ms": "0" }), { message: /rpoMs/ });
});
