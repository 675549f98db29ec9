import t from "tap";
import { create } from "@bufbuild/protobuf";
import { SessionTokenSigner } from "../../../common/tokens/session-token.ts";
import { type FollowerReadResult, ReadGate } from "../../../node/reads/read-gate.ts";
import {
  ConsistencySchema,
  OnStale,
  ReadContract,
} from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { TestReplica } from "../../support/node/test-replica.ts";
import { FrameAuthor, SHARD_ID } from "../../support/shard/frame-author.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const signer = new SessionTokenSigner(new Uint8Array(32).fill(7));

function gateWithCounts() {
  const counted: FollowerReadResult[] = [];
  return { gate: new ReadGate(signer, (result) => counted.push(result)), counted };
}

const linearizable = create(ConsistencySchema, { contract: { case: "linearizable", value: {} } });
const any = create(ConsistencySchema, { contract: { case: "any", value: {} } });
const bounded = (onStale: OnStale) =>
  create(ConsistencySchema, { contract: { case: "bounded", value: { maxStalenessMs: 2000, onStale } } });
const session = (generation: number, lsn: number, shardId = SHARD_ID) =>
  create(ConsistencySchema, {
    contract: { case: "session", value: { sessionToken: signer.sign({ shardId, generation, lsn }) } },
  });

t.test("a leader with authority serves every contract linearizably", async (t) => {
  const { gate, counted } = gateWithCounts();
  const replica = new TestReplica().register("X");
  const asked = [
    [undefined, ReadContract.LINEARIZABLE],
    [linearizable, ReadContract.LINEARIZABLE],
    [session(1, 2), ReadContract.SESSION],
    [bounded(OnStale.FAIL), ReadContract.BOUNDED],
    [any, ReadContract.ANY],
  ] as const;
  for (const [consistency, contract] of asked) {
    const pass = gate.admit(consistency, replica);
    t.equal(pass.asked, contract);
    t.equal(pass.served, ReadContract.LINEARIZABLE);
  }
  t.same(counted, [], "nothing of it was asked of a follower");
});

t.test("a leader without authority speaks for nobody but itself", async (t) => {
  const { gate } = gateWithCounts();
  const replica = new TestReplica().register("X");
  replica.changes = { hasReadAuthority: false };
  t.throws(() => gate.admit(undefined, replica), storeErrorPattern("SYNC_PEER_UNAVAILABLE"));
  replica.changes = { hasReadAuthority: false, isEstablished: false };
  t.throws(() => gate.admit(undefined, replica), storeErrorPattern("NOT_LEADER"));
  t.equal(gate.admit(any, replica).served, ReadContract.ANY);
});

t.test("a follower serves what it can prove", async (t) => {
  const { gate, counted } = gateWithCounts();
  const replica = new TestReplica().register("X").follow();
  t.throws(() => gate.admit(linearizable, replica), storeErrorPattern("NOT_LEADER"));
  t.throws(() => gate.admit(bounded(OnStale.MARK_STALE), replica), storeErrorPattern("STALENESS_EXCEEDED"));
  t.equal(gate.admit(session(1, 2), replica).served, ReadContract.SESSION);
  t.equal(gate.admit(any, replica).served, ReadContract.ANY);
  t.throws(() => gate.admit(session(1, 3), replica), storeErrorPattern("POSITION_NOT_REACHED"));
  t.same(counted, ["not_leader", "stale", "served", "served", "position_not_reached"]);
});

t.test("a session of a generation that is not known here goes on to who knows it", async (t) => {
  const { gate } = gateWithCounts();
  const replica = new TestReplica().register("X");
  t.throws(() => gate.admit(session(2, 1), replica), storeErrorPattern("POSITION_NOT_REACHED"));
});

t.test("a session beyond the cut of a later generation is lost, on every replica", async (t) => {
  const { gate, counted } = gateWithCounts();
  const first = new TestReplica().register("X").register("Y");
  const second = new TestReplica(first.author.fork(2, 3));
  second.author.start();
  t.throws(
    () => gate.admit(session(1, 3), second),
    storeErrorPattern("SESSION_LOST", {
      metadata: { shardId: "5", generation: "1", lsn: "3", lostAfterLsn: "2" },
    }),
  );
  t.equal(gate.admit(session(1, 2), second).served, ReadContract.LINEARIZABLE, "what survived is seen");
  t.throws(() => gate.admit(session(1, 3), second.follow()), storeErrorPattern("SESSION_LOST"));
  t.same(counted, ["session_lost"]);
});

t.test("a generation of which nothing survived is lost as far as it went its own way", async (t) => {
  const { gate } = gateWithCounts();
  const first = new TestReplica().register("X");
  const third = new TestReplica(new FrameAuthor(3, first.log.range(1, 2)));
  third.author.start();
  t.throws(() => gate.admit(session(2, 3), third), storeErrorPattern("SESSION_LOST"));
  t.equal(gate.admit(session(2, 2), third).served, ReadContract.LINEARIZABLE);
});

t.test("a write on another shard asks nothing of this one", async (t) => {
  const { gate } = gateWithCounts();
  t.equal(gate.admit(session(9, 999, SHARD_ID + 1), new TestReplica().follow()).served, ReadContract.SESSION);
});

t.test("a forged session token is refused before anything is answered", async (t) => {
  const { gate } = gateWithCounts();
  const forger = new SessionTokenSigner(new Uint8Array(32).fill(8));
  const sessionToken = forger.sign({ shardId: SHARD_ID, generation: 1, lsn: 1 });
  const forged = create(ConsistencySchema, { contract: { case: "session", value: { sessionToken } } });
  t.throws(() => gate.admit(forged, new TestReplica()), storeErrorPattern("SESSION_TOKEN_INVALID"));
});
