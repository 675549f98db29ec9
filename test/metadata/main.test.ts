import { create } from "@bufbuild/protobuf";
import t from "tap";
import { RpcChannel } from "../../common/rpc/channel.ts";
import {
  GetShardMapRequestSchema,
  MetadataService,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { type ChildScript, childScript } from "../support/child-script.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { DEADLINE } from "./running.ts";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** The metadata service in a process of its own. */
function startProcess(directory: string, site = "geneva"): ChildScript {
  const flags = {
    "--listen": "127.0.0.1:0",
    "--ops-listen": "127.0.0.1:0",
    "--data-dir": directory,
    "--site": site,
    "--regions": "madrid:Europe/Madrid,new-york:America/New_York",
    "--log-level": "silent",
  };
  return childScript(`
    const { loadConfig } = await import(${url("../../common/config/load-config.ts")});
    const { metadataConfigSchema } = await import(${url("../../metadata/config.ts")});
    const { runMetadata } = await import(${url("../../metadata/main.ts")});
    const flags = ${JSON.stringify(flags)};
    try {
      await runMetadata(loadConfig(metadataConfigSchema, { flags }).value);
    } catch (error) {
      console.log(error.name, error.message);
      process.exitCode = 2;
    }
  `);
}

async function clusterIdOf(line: string): Promise<string | undefined> {
  const channel = new RpcChannel((JSON.parse(line) as { grpc: string }).grpc);
  const request = create(GetShardMapRequestSchema);
  const { shardMap } = await channel.unary(MetadataService.method.getShardMap, request, DEADLINE);
  channel.close();
  return shardMap?.clusterId;
}

t.test(
  "a process says when it is ready, leaves on SIGTERM, and comes back as the same cluster",
  async (t) => {
    const directory = temporaryDirectory(t);
    const first = startProcess(directory);
    const line = await first.firstLine;
    t.match(JSON.parse(line), { event: "ready", grpc: /^127\.0\.0\.1:\d+$/, ops: /^127\.0\.0\.1:\d+$/ });
    const clusterId = await clusterIdOf(line);
    first.kill("SIGTERM");
    t.match(await first.end, { code: 0, signal: null, output: `${line}\n` });
    const second = startProcess(directory);
    t.equal(await clusterIdOf(await second.firstLine), clusterId);
    second.kill("SIGKILL");
    await second.end;
    const third = startProcess(directory);
    t.equal(await clusterIdOf(await third.firstLine), clusterId, "a killed process leaves no lock behind");
    third.kill("SIGTERM");
    t.match(await third.end, { code: 0 });
  },
);

t.test("an incoherent configuration ends the process before it is ready", async (t) => {
  const { code, output } = await startProcess(temporaryDirectory(t), "madrid").end;
  t.equal(code, 2, "nothing is left that keeps the process alive");
  t.match(output, /ConfigError .*METADATA_SITE: site madrid is one of the regions/);
  t.notMatch(output, /"event":"ready"/);
});
