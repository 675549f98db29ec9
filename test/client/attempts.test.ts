import t from "tap";
import { Attempts } from "../../client/attempts.ts";
import { Deadline } from "../../client/deadline.ts";
import { systemClock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { seededRandom } from "../../common/random.ts";
import { storeErrorOf } from "../support/store-error-of.ts";

const attemptsWithin = (timeoutMs: number) =>
  new Attempts(new Deadline(timeoutMs, systemClock), seededRandom(1));

t.test("a server's hint is waited for at least", async (t) => {
  const startMs = performance.now();
  await attemptsWithin(5_000).pause(new StoreError("SHARD_FROZEN", { retryAfterMs: 150 }));
  t.ok(performance.now() - startMs >= 149);
});

t.test("without time for another attempt the error is thrown at once", async (t) => {
  const startMs = performance.now();
  const error = await storeErrorOf(attemptsWithin(100).pause(new StoreError("RPO_GATE_CLOSED")));
  t.equal(error.reason, "RPO_GATE_CLOSED");
  t.ok(performance.now() - startMs < 90, "it did not wait");
});

t.test("after a doubtful attempt nothing is called not committed", async (t) => {
  const attempts = attemptsWithin(300);
  await attempts.pause(new StoreError("COMMIT_OUTCOME_UNKNOWN", { retryAfterMs: 1 }));
  const error = await storeErrorOf(
    attempts.pause(new StoreError("LEADER_UNREACHABLE", { retryAfterMs: 1_000 })),
  );
  t.equal(error.reason, "COMMIT_OUTCOME_UNKNOWN");
  t.equal((error.cause as StoreError).reason, "LEADER_UNREACHABLE");
});
