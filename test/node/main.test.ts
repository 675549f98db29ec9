import t from "tap";
import { create } from "@bufbuild/protobuf";
import { RpcChannel } from "../../common/rpc/channel.ts";
import {
  GetReplicaStatusRequestSchema,
  ReplicationService,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { RunningMetadata } from "../metadata/running.ts";
import { type ChildScript, childScript } from "../support/child-script.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A storage node in a process of its own. */
function startProcess(dataDir: string, metadata: string, region = "madrid"): ChildScript {
  const flags = {
    "--node-id": "madrid-1",
    "--region": region,
    "--zone": "mad-a",
    "--data-dir": dataDir,
    "--metadata": metadata,
    "--listen": "127.0.0.1:0",
    "--ops-listen": "127.0.0.1:0",
    "--ballast-bytes": "0",
    "--log-level": "silent",
  };
  return childScript(`
    const { loadConfig } = await import(${url("../../common/config/load-config.ts")});
    const { nodeConfigSchema } = await import(${url("../../node/config.ts")});
    const { runNode } = await import(${url("../../node/main.ts")});
    const flags = ${JSON.stringify(flags)};
    try {
      await runNode(loadConfig(nodeConfigSchema, { flags }).value);
    } catch (error) {
      console.log(error.name, error.message);
      process.exitCode = 2;
    }
  `);
}

type Ready = { readonly grpc: string; readonly ops: string };

t.test("a process says when it serves, answers on both ports, and leaves on SIGTERM", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  const node = startProcess(temporaryDirectory(t), metadata.addresses.grpc);
  const line = await node.firstLine;
  t.match(JSON.parse(line), { event: "ready", grpc: /^127\.0\.0\.1:\d+$/, ops: /^127\.0\.0\.1:\d+$/ });
  const { grpc, ops } = JSON.parse(line) as Ready;
  const channel = new RpcChannel(grpc);
  const request = create(GetReplicaStatusRequestSchema);
  const { replicas } = await channel.unary(ReplicationService.method.getReplicaStatus, request, {
    deadlineMs: 3_000,
  });
  channel.close();
  t.same(replicas, [], "alone it has no shards yet");
  const ready = await fetch(`http://${ops}/readyz?verbose`);
  t.equal(ready.status, 200);
  t.equal(await ready.text(), "[+] member ok\n[+] shards ok\nready\n");
  t.match(await (await fetch(`http://${ops}/metrics`)).text(), "grpc_server_handled_total");
  node.kill("SIGTERM");
  t.match(await node.end, { code: 0, signal: null, output: `${line}\n` });
});

t.test("a killed process leaves nothing behind that keeps the next one out", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  const directory = temporaryDirectory(t);
  const first = startProcess(directory, metadata.addresses.grpc);
  await first.firstLine;
  first.kill("SIGKILL");
  await first.end;
  const second = startProcess(directory, metadata.addresses.grpc);
  t.match(JSON.parse(await second.firstLine), { event: "ready" });
  second.kill("SIGTERM");
  t.match(await second.end, { code: 0 });
});

t.test("a node that the metadata service will not have ends and says why", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  const { code, output } = await startProcess(temporaryDirectory(t), metadata.addresses.grpc, "atlantis").end;
  t.equal(code, 2, "nothing is left that keeps the process alive");
  t.match(output, /StoreError node\.region: "atlantis" is none of madrid, new-york/);
});
