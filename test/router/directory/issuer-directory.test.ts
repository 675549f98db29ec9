import t from "tap";
import { StoreError } from "../../../common/errors/store-error.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { IssuerDirectory } from "../../../router/directory/issuer-directory.ts";
import { ShardDirectory } from "../../../router/directory/shard-directory.ts";
import { FakeMetadata } from "../../support/fake-metadata.ts";
import { RecordingLog } from "../../support/recording-log.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";

async function start(t: { teardown(callback: () => unknown): void }) {
  const metadata = await new FakeMetadata().start();
  const channel = new RpcChannel(metadata.address, { unreachableReason: "METADATA_UNAVAILABLE" });
  t.teardown(async () => {
    channel.close();
    await metadata.stop();
  });
  const time = { nowMs: 1000 };
  const clock = { monotonicMs: () => time.nowMs, wallMs: () => 0 };
  const shards = new ShardDirectory("madrid", new RecordingLog());
  return {
    metadata,
    time,
    shards,
    issuers: new IssuerDirectory({ channel, shards, clock, entriesMax: 100 }),
  };
}

t.test("a placement is asked for once, and its configuration is taken over", async (t) => {
  const { metadata, shards, issuers } = await start(t);
  metadata.place(3, 5, "n1", ["n1"]);
  metadata.issuers.set("a", 3);
  t.equal(issuers.known("a"), undefined);
  t.same(await Promise.all([issuers.locate("a"), issuers.locate("a")]), [3, 3]);
  t.equal(await issuers.locate("a"), 3);
  t.same(metadata.located, ["a"]);
  t.equal(shards.shard(3)?.generation, 5);
});

t.test("an unknown issuer is not asked for again within a moment", async (t) => {
  const { metadata, time, issuers } = await start(t);
  t.equal((await storeErrorOf(issuers.locate("a"))).reason, "ISSUER_NOT_FOUND");
  t.equal(issuers.known("a"), "not_found");
  t.equal((await storeErrorOf(issuers.locate("a"))).reason, "ISSUER_NOT_FOUND");
  t.equal(metadata.located.length, 1);
  time.nowMs += 1000;
  metadata.issuers.set("a", 2);
  t.equal(await issuers.locate("a"), 2);
});

t.test("a failure is not remembered", async (t) => {
  const { metadata, issuers } = await start(t);
  metadata.locateError = new StoreError("METADATA_UNAVAILABLE");
  t.equal((await storeErrorOf(issuers.locate("a"))).reason, "METADATA_UNAVAILABLE");
  metadata.locateError = undefined;
  metadata.issuers.set("a", 2);
  t.equal(await issuers.locate("a"), 2);
});

t.test("what was learned elsewhere needs no question, what is forgotten does", async (t) => {
  const { metadata, issuers } = await start(t);
  issuers.learn("a", 4);
  t.equal(await issuers.locate("a"), 4);
  issuers.forget("a");
  metadata.issuers.set("a", 6);
  t.equal(await issuers.locate("a"), 6);
});

t.test("the number of questions that are out is bounded", async (t) => {
  const never = new Promise<never>(() => {});
  const channel = { unary: () => never } as unknown as RpcChannel;
  const clock = { monotonicMs: () => 0, wallMs: () => 0 };
  const shards = new ShardDirectory("madrid", new RecordingLog());
  const issuers = new IssuerDirectory({ channel, shards, clock, entriesMax: 100 });
  for (let i = 0; i < 8192; i++) void issuers.locate(`issuer-${i}`);
  t.equal((await storeErrorOf(issuers.locate("one more"))).reason, "OVERLOADED");
});
