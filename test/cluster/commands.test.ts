import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { awaitWritable } from "../../cli/cluster/await-writable.ts";
import { MADRID_AND_NEW_YORK } from "../../cli/cluster/cluster-shape.ts";
import { LocalCluster } from "../../cli/cluster/local-cluster.ts";
import { HarborpointClient, newToken } from "../../client/index.ts";
import { systemClock } from "../../common/clock.ts";
import { type ProgramRun, runProgram } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

// Two dozen short processes, on a busy machine.
t.setTimeout(300_000);

t.test("an operator's round through a running cluster", { timeout: 300_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const shape = { regions: MADRID_AND_NEW_YORK, shards: 2, wanDelayMs: 2 };
  const cluster = await LocalCluster.start({ shape, directory });
  t.teardown(() => cluster.stop());
  const client = new HarborpointClient({ endpoints: [cluster.endpoints.madrid] });
  t.teardown(() => client.close());
  await awaitWritable(client, 2, 60_000, systemClock);

  const run = (...args: string[]): Promise<ProgramRun> =>
    runProgram(args, { HARBORPOINT_ENDPOINT: cluster.endpoints.madrid });
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, "-o", "json");
    t.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    return JSON.parse(stdout);
  };

  const registration = await json(
    "issuer",
    "register",
    "MUNI-77",
    "1000",
    "--currency",
    "USD",
    "--home",
    "new-york",
  );
  t.equal(registration.decision, "APPROVED");
  const token = newToken();
  const reserved = await json(
    "reserve",
    "MUNI-77",
    "600",
    "--token",
    token,
    "--desk",
    "MAD-GOV",
    "--label",
    "book=7",
  );
  t.match(reserved, { decision: "APPROVED", token, label: { durability: "LOCAL_SYNC", replayed: false } });
  const found = await json("get", reserved.reservationId);
  t.match(found.reservation, {
    token,
    amountMinor: 600,
    state: "OPEN",
    desk: "MAD-GOV",
    labels: { book: "7" },
  });
  t.match(await json("get", token, "--issuer", "MUNI-77"), { reservation: { token } });
  t.match(await json("token", "status", token, "--issuer", "MUNI-77"), { status: "APPROVED" });
  t.match(await json("amend", "MUNI-77", token, "700"), { decision: "APPROVED" });
  t.match(await json("issuer", "locate", "MUNI-77"), { home: "new-york", exposure: { exposureMinor: 700 } });
  t.match(await json("issuer", "list"), [{ issuerId: "MUNI-77", recorded: true }]);
  t.match(await json("settle", "MUNI-77", token), { decision: "APPROVED" });

  const declined = await run("reserve", "MUNI-77", "301");
  t.equal(declined.code, 1, "a decline is no success");
  t.match(declined.stdout, /DECLINED[^]*LIMIT_EXCEEDED/);
  t.equal((await run("release", "MUNI-77", token)).code, 1);
  t.match(await json("issuer", "set-limit", "MUNI-77", "2000"), { decision: "APPROVED" });
  t.equal((await run("reserve", "NOSUCH", "1")).code, 4);
  t.equal((await run("token", "status", newToken(), "--issuer", "MUNI-77")).code, 4);
  t.equal((await run("get", "nonsense")).code, 2);

  t.equal((await json("shard", "list")).length, 2);
  const { shard } = await json("shard", "describe", String(reserved.label.position.shardId), "--state-hash");
  t.equal(shard.replicas.length, 4);
  t.ok(shard.replicas.every((replica: { status?: { stateHash?: string } }) => replica.status?.stateHash));
  t.equal((await json("status")).nodes.length, 4);

  const journal = join(directory, "journal.csv");
  const columns = "seq,ts_ms,region,action,token,issuer_id,amount_minor,ref_token,desk,trader,home_region";
  const first = newToken();
  const lines = [
    `1,${Date.now()},madrid,register,,ES-1,100,,,,madrid`,
    `2,${Date.now()},new-york,reserve,${first},ES-1,60,,d,t,`,
    `3,${Date.now()},madrid,reserve,${first},ES-1,60,,d,t,`,
    `4,${Date.now()},tokyo,reserve,${newToken()},ES-1,41,,d,t,`,
  ];
  writeFileSync(journal, `${columns}\n${lines.join("\n")}\n`);
  const routers = Object.entries(cluster.endpoints).flatMap(([region, router]) => [
    "--endpoint",
    `${region}=${router}`,
  ]);
  const report = join(directory, "report.json");
  t.equal((await run("replay", journal, "--json", report, ...routers)).code, 0);
  t.same(JSON.parse(readFileSync(report, "utf8")), {
    lines: 4,
    counts: { APPROVED: 2, "APPROVED:replayed": 1, "DECLINED:LIMIT_EXCEEDED": 1 },
    issuers: { "ES-1": { limitMinor: "100", exposureMinor: "60", open: 1, settled: 0 } },
    outcomes: {
      1: { decision: "APPROVED" },
      2: { decision: "APPROVED", replayed: false },
      3: { decision: "APPROVED", replayed: true },
      4: { decision: "DECLINED", reason: "LIMIT_EXCEEDED", replayed: false },
    },
  });

  await cluster.kill("madrid-2");
  let degraded = await run("status");
  for (let i = 0; i < 20 && degraded.code === 0; i++) degraded = await run("status");
  t.equal(degraded.code, 3);
  t.match(degraded.stderr, /madrid-2/);
});
