import t from "tap";
import type { Change } from "../../../metadata/model/changes.ts";
import { MetadataState } from "../../../metadata/model/metadata-state.ts";
import { type ClusterIdentity, MetadataStore } from "../../../metadata/store/metadata-store.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { EngineHarness, node, uuid } from "../fixtures.ts";

const IDENTITY: ClusterIdentity = { clusterId: uuid(1), sessionKey: new Uint8Array(32).fill(7) };

function open(directory: string, newIdentity = () => IDENTITY): MetadataStore {
  return new MetadataStore({ directory, lockWaitMs: 2000 }, newIdentity);
}

function stateOf(facts: readonly Change[]): MetadataState {
  const state = new MetadataState();
  for (const fact of facts) state.apply(fact);
  return state;
}

/** Facts of every kind, some of them overtaken by later ones. */
function someFacts(): readonly Change[] {
  const harness = new EngineHarness().bootstrap();
  harness.establish(0);
  harness.granted(harness.proposal());
  harness.register(node("madrid", 1, { bootId: uuid(70), addressByRegion: { "new-york": "proxy:1" } }));
  harness.granted({ kind: "place_issuer", issuerId: "A", homeRegion: "madrid", currency: "EUR" });
  harness.granted({ kind: "confirm_issuer", issuerId: "A", currency: "USD" });
  harness.granted({ kind: "place_issuer", issuerId: "B", homeRegion: "madrid", currency: "EUR" });
  return harness.facts;
}

t.test("the identity of a cluster is made once", async (t) => {
  const directory = temporaryDirectory(t);
  open(directory).close();
  const again = open(directory, () => {
    throw new Error("must not be asked for another one");
  });
  t.teardown(() => again.close());
  t.equal(again.identity.clusterId, IDENTITY.clusterId);
  t.strictSame(new Uint8Array(again.identity.sessionKey), IDENTITY.sessionKey);
});

t.test("a short session key is a broken invariant", async (t) => {
  const short = { clusterId: uuid(1), sessionKey: new Uint8Array(31) };
  t.throws(() => open(temporaryDirectory(t), () => short), /32 bytes/);
});

t.test("what was persisted is read back after a reopen, fact for fact", async (t) => {
  const directory = temporaryDirectory(t);
  const facts = someFacts();
  const first = open(directory);
  t.strictSame(first.facts(), []);
  for (const fact of facts) first.persist([fact]);
  first.close();
  const second = open(directory);
  t.teardown(() => second.close());
  const [wanted, found] = [stateOf(facts), stateOf(second.facts())];
  t.strictSame(Object.fromEntries(found.nodes), Object.fromEntries(wanted.nodes));
  for (const [shardId, lineage] of wanted.shards) {
    t.strictSame(found.lineage(shardId).generations, lineage.generations);
    t.strictSame([...found.lineage(shardId).eligible].sort(), [...lineage.eligible].sort());
  }
  t.strictSame(found.issuers.page("", 10), wanted.issuers.page("", 10));
});

t.test("changes of one step are written together or not at all", async (t) => {
  const store = open(temporaryDirectory(t));
  t.teardown(() => store.close());
  const facts = someFacts();
  store.persist(facts);
  const before = store.facts();
  const published = facts.find(({ kind }) => kind === "configuration_published") as Change;
  const joined: Change = { kind: "node_registered", node: node("madrid", 9) };
  t.throws(() => store.persist([joined, published]), /UNIQUE/, "a generation is published once (I1)");
  t.strictSame(store.facts(), before);
});

t.test("an operation publishes one generation of a shard", async (t) => {
  const store = open(temporaryDirectory(t));
  t.teardown(() => store.close());
  const harness = new EngineHarness().bootstrap();
  store.persist(harness.facts);
  const { operationId } = harness.config();
  const config = harness.proposal(0, { operationId }).config;
  t.throws(() => store.persist([{ kind: "configuration_published", config, publishTimeMs: 1 }]), /UNIQUE/);
});

t.test("facts about what is not there are broken invariants", async (t) => {
  const store = open(temporaryDirectory(t));
  t.teardown(() => store.close());
  const established = {
    kind: "generation_established",
    shardId: 0,
    generation: 1,
    establishTimeMs: 1,
  } as const;
  t.throws(() => store.persist([established]), /finds it there/);
  t.throws(
    () => store.persist([{ kind: "issuer_recorded", issuerId: "A", currency: "EUR" }]),
    /finds it there/,
  );
});

t.test("a killed process loses nothing it had answered", async (t) => {
  const directory = temporaryDirectory(t);
  const first = open(directory);
  first.persist(new EngineHarness().bootstrap().facts);
  first.close();
  const url = new URL("../../../metadata/store/metadata-store.ts", import.meta.url).href;
  const writer = childScript(`
    import { writeSync } from "node:fs";
    const { MetadataStore } = await import(${JSON.stringify(url)});
    const store = new MetadataStore({ directory: ${JSON.stringify(directory)}, lockWaitMs: 2000 });
    for (let i = 0; ; i++) {
      const issuer = { issuerId: "I" + i, shardId: 0, homeRegion: "madrid", currency: "EUR" };
      store.persist([{ kind: "issuer_placed", ...issuer }]);
      writeSync(1, i + "\\n");
      if (i === 200) process.kill(process.pid, "SIGKILL");
    }
  `);
  const { signal, output } = await writer.end;
  t.equal(signal, "SIGKILL");
  const answered = output.trim().split("\n").length;
  t.equal(answered, 201);
  const second = open(directory);
  t.teardown(() => second.close());
  const { issuers } = stateOf(second.facts());
  for (let i = 0; i < answered; i++) t.ok(issuers.get(`I${i}`), `I${i}`);
});
