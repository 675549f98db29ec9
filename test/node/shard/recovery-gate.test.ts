import t from "tap";
import { RecoveryGate, type RemoteAges } from "../../../node/shard/recovery-gate.ts";

const FRESH: RemoteAges = { proofMs: 100, applyMs: 100 };
const NEVER: RemoteAges = { proofMs: undefined, applyMs: undefined };

/** A gate that was open at time 0. */
function openGate(): RecoveryGate {
  const gate = new RecoveryGate();
  gate.evaluate(0, FRESH);
  return gate;
}

t.test("a generation begins with a closed gate, and its first proof opens it", async (t) => {
  const gate = new RecoveryGate();
  t.strictSame([gate.evaluate(0, NEVER), gate.clause], [false, "no_proof_yet"]);
  t.strictSame([gate.evaluate(10_000, NEVER), gate.clause], [false, "no_proof_yet"], "however long it takes");
  t.strictSame([gate.evaluate(10_001, FRESH), gate.clause], [true, ""]);
  gate.reset();
  t.strictSame(
    [gate.evaluate(10_002, NEVER), gate.clause],
    [false, "no_proof_yet"],
    "the next one begins anew",
  );
});

t.test("a proof of three seconds closes it", async (t) => {
  const gate = openGate();
  t.ok(gate.evaluate(1, { proofMs: 2999, applyMs: 100 }));
  t.notOk(gate.evaluate(2, { proofMs: 3000, applyMs: 100 }));
  t.equal(gate.clause, "remote_proof");
});

t.test("so does a remote that applies five seconds behind", async (t) => {
  const gate = openGate();
  t.ok(gate.evaluate(1, { proofMs: 100, applyMs: 4999 }));
  t.notOk(gate.evaluate(2, { proofMs: 100, applyMs: 5000 }));
  t.equal(gate.clause, "remote_apply");
  t.notOk(openGate().evaluate(3, { proofMs: 100, applyMs: undefined }), "or that has applied nothing");
});

t.test("a gate that closed opens after a second of proofs younger than a second", async (t) => {
  const gate = openGate();
  gate.evaluate(1000, { proofMs: 3000, applyMs: 100 });
  const isOpen = [2000, 2500, 2999, 3000].map((nowMs) =>
    gate.evaluate(nowMs, { proofMs: 999, applyMs: 100 }),
  );
  t.strictSame(isOpen, [false, false, false, true]);
});

t.test("proofs that grow old meanwhile start that second again", async (t) => {
  const gate = openGate();
  gate.evaluate(1000, { proofMs: 3000, applyMs: 100 });
  gate.evaluate(2000, FRESH);
  t.notOk(gate.evaluate(2900, { proofMs: 1000, applyMs: 100 }));
  t.equal(gate.clause, "settling");
  t.notOk(gate.evaluate(3100, FRESH));
  t.notOk(gate.evaluate(4099, FRESH));
  t.ok(gate.evaluate(4100, FRESH));
});
