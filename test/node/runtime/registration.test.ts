import t from "tap";
import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../../common/errors/store-error.ts";
import { seededRandom } from "../../../common/random.ts";
import { registerNode } from "../../../node/runtime/registration.ts";
import {
  NodeInfoSchema,
  RegisterNodeResponseSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { RecordingLog } from "../../support/recording-log.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const node = create(NodeInfoSchema, { nodeId: "a" });

/** A metadata service that fails in the ways listed and then answers. */
function serviceFailing(...failures: StoreError[]) {
  const time = new ManualTime();
  const log = new RecordingLog();
  const asked: string[] = [];
  const client = {
    register: async (_node: unknown, clusterId: string) => {
      asked.push(clusterId);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return create(RegisterNodeResponseSchema, { clusterId: "cluster" });
    },
  };
  return { time, log, asked, parts: { client, timers: time, random: seededRandom(1), log } };
}

async function pass(time: ManualTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await new Promise(setImmediate);
    time.advance(100);
  }
}

t.test("a registration is repeated until the service answers", async (t) => {
  const failures = [
    new StoreError("METADATA_UNAVAILABLE"),
    new StoreError("METADATA_UNAVAILABLE", { retryAfterMs: 1_700 }),
  ];
  const { time, log, asked, parts } = serviceFailing(...failures);
  const registered = registerNode(parts, node, "known cluster");
  await pass(time, 600);
  t.equal(asked.length, 2);
  await pass(time, 1_000);
  t.equal(asked.length, 2, "the service said when to come again");
  await pass(time, 1_000);
  t.equal((await registered).clusterId, "cluster");
  t.same(asked, ["known cluster", "known cluster", "known cluster"]);
  t.same(log.events, ["registration_failed", "registration_failed"]);
});

t.test("a refusal for good is passed on", async (t) => {
  const { parts } = serviceFailing(new StoreError("INVALID_REQUEST", { field: "cluster_id" }));
  await t.rejects(
    registerNode(parts, node, ""),
    storeErrorPattern("INVALID_REQUEST", { field: "cluster_id" }),
  );
});
