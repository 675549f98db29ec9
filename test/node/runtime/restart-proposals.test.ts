import t from "tap";
import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../../common/errors/store-error.ts";
import { seededRandom } from "../../../common/random.ts";
import { ClusterMap } from "../../../node/runtime/cluster-map.ts";
import { RestartProposals } from "../../../node/runtime/restart-proposals.ts";
import type { ProposeRestart } from "../../../node/shard/events.ts";
import {
  ChangeKind,
  type ShardConfig,
  ShardConfigSchema,
  ShardMapSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { RecordingLog } from "../../support/recording-log.ts";

const configOf = (generation: number, more: Partial<ShardConfig> = {}) =>
  create(ShardConfigSchema, {
    shardId: 5,
    generation: BigInt(generation),
    incarnation: "00010203-0405-4607-8809-0a0b0c0d0e0f",
    homeRegion: "madrid",
    leader: "a",
    ackSet: ["a", "b"],
    remote: "c",
    replicas: ["a", "b", "c"],
    startLsn: 1n,
    changeKind: ChangeKind.BOOTSTRAP,
    operationId: "first",
    established: true,
    ...more,
  });
const command: ProposeRestart = {
  type: "propose_restart",
  operationId: "restart",
  expectedGeneration: 1,
  generation: 2,
  startLsn: 41,
};

/** A register that answers as the test says; the configurations learned go into the map. */
class Register {
  readonly time = new ManualTime();
  readonly map = new ClusterMap("madrid");
  readonly proposed: { expectedGeneration: bigint; config: ShardConfig; proposer: string }[] = [];
  readonly failures: StoreError[] = [];
  readonly inForce: ShardConfig[] = [];
  readonly proposals = new RestartProposals({
    nodeId: "a",
    map: this.map,
    timers: this.time,
    random: seededRandom(1),
    log: new RecordingLog(),
    onConfigs: (configs) => void this.map.takeShards(configs),
    client: {
      proposeConfig: async (expectedGeneration, config, proposer) => {
        this.proposed.push({ expectedGeneration, config, proposer });
        const failure = this.failures.shift();
        if (failure !== undefined) throw failure;
        return config;
      },
      shardMap: async () => create(ShardMapSchema, { shards: this.inForce }),
    },
  });

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await new Promise(setImmediate);
      this.time.advance(50);
    }
    await new Promise(setImmediate);
  }
}

t.test("the same group is proposed one generation up, behind the end of the log", async (t) => {
  const register = new Register();
  register.map.takeShards([configOf(1)]);
  register.proposals.propose(5, command);
  await register.pass(200);
  t.equal(register.proposed.length, 1, "its outcome is known at once");
  const { expectedGeneration, config, proposer } = register.proposed[0];
  t.equal(expectedGeneration, 1n);
  t.equal(proposer, "a");
  t.match(config, {
    shardId: 5,
    generation: 2n,
    startLsn: 41n,
    operationId: "restart",
    changeKind: ChangeKind.LOSSLESS,
    established: false,
    leader: "a",
    ackSet: ["a", "b"],
    remote: "c",
    homeRegion: "madrid",
  });
  t.equal(register.map.shard(5)?.generation, 2n);
});

t.test("a proposal whose outcome is not known is repeated under the same operation", async (t) => {
  const register = new Register();
  register.map.takeShards([configOf(1)]);
  register.failures.push(new StoreError("COMMIT_OUTCOME_UNKNOWN"), new StoreError("METADATA_UNAVAILABLE"));
  register.proposals.propose(5, command);
  await register.pass(1_000);
  t.same(
    register.proposed.map(({ config }) => config.operationId),
    ["restart", "restart", "restart"],
  );
});

t.test("a newer generation in force ends the proposal", async (t) => {
  const register = new Register();
  register.map.takeShards([configOf(1)]);
  register.failures.push(new StoreError("GENERATION_CONFLICT"));
  register.inForce.push(configOf(4, { leader: "b", operationId: "other" }));
  register.proposals.propose(5, command);
  await register.pass(1_000);
  t.equal(register.proposed.length, 1);
  t.match(register.map.shard(5), { generation: 4n, leader: "b" });
});

t.test("a promise of another node is overtaken", async (t) => {
  const register = new Register();
  register.map.takeShards([configOf(1)]);
  register.failures.push(new StoreError("GENERATION_CONFLICT", { metadata: { promisedGeneration: "7" } }));
  register.proposals.propose(5, command);
  await register.pass(1_000);
  t.same(
    register.proposed.map(({ config }) => config.generation),
    [2n, 8n],
  );
});

t.test("a later proposal of the shard replaces the one before; leaving ends all", async (t) => {
  const register = new Register();
  register.map.takeShards([configOf(1)]);
  for (let i = 0; i < 3; i++) register.failures.push(new StoreError("METADATA_UNAVAILABLE"));
  register.proposals.propose(5, command);
  register.proposals.propose(5, { ...command, operationId: "second", startLsn: 43 });
  await register.pass(1_000);
  t.same(
    register.proposed.slice(2).map(({ config }) => config.operationId),
    ["second", "second"],
  );
  const leaving = new Register();
  leaving.map.takeShards([configOf(1)]);
  leaving.failures.push(new StoreError("METADATA_UNAVAILABLE"));
  leaving.proposals.propose(5, command);
  leaving.proposals.stop();
  await leaving.pass(1_000);
  t.equal(leaving.proposed.length, 1);
});
