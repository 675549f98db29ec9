import { ItemError } from "../../../common/batch/kinds.ts";
import { FrameRows, RecordRow } from "../../../node/shard/frame.ts";
import { State } from "../../../node/shard/reservation-table.ts";
import { findToken } from "../shard/find-token.ts";
import { nameOf } from "../shard/name-of.ts";
import type { Verb } from "./leader-verbs.ts";
import type { ScriptSession } from "./script-session.ts";

/** What a script looks at; none of it changes anything. */
export const LOOK_VERBS: Readonly<Record<string, Verb>> = {
  status: (session) => {
    const status = session.host.engine.status(session.host.nowMs);
    const role = status.isEstablished ? "established leader" : status.isLeader ? "leader" : "follower";
    const refusal = status.refusal === 0 ? "takes writes" : nameOf(ItemError, status.refusal);
    const { appendedLsn, durableLsn, committedLsn, appliedLsn } = status;
    const fault = status.followerFault === "" ? "" : ` ${status.followerFault}`;
    session.say(`${role}, ${refusal}${fault}`);
    session.say(
      `appended=${appendedLsn} durable=${durableLsn} committed=${committedLsn} applied=${appliedLsn}`,
    );
  },
  /** `authority`: what the leader may do just now. */
  authority: (session) => {
    const status = session.host.engine.status(session.host.nowMs);
    const grants = status.hasPeerGrants ? "peers grant" : "peers do not grant";
    const reads = status.hasReadAuthority ? "reads" : "no reads";
    session.say(
      `${grants}, ${reads}, ${status.gateClause === "" ? "gate open" : `gate closed: ${status.gateClause}`}`,
    );
  },
  /** `remote`: what the leader knows of the remote replica. */
  remote: (session) => {
    const { remoteDurableLsn, remoteLagMs } = session.host.engine.status(session.host.nowMs);
    session.say(
      `remote durable=${remoteDurableLsn} lag=${remoteLagMs === undefined ? "unknown" : `${remoteLagMs}ms`}`,
    );
  },
  /** `issuer ISSUER` */
  issuer: (session, words) => {
    const { issuers } = session.host.engine.state;
    const number = issuers.numberOf(words.take("issuer"));
    if (number < 0) return session.say("no such issuer");
    const row = issuers.row(number);
    session.say(
      `${row.issuerId} ${row.currency} limit=${row.limitMinor} exposure=${row.exposureMinor} open=${row.openCount} settled=${row.settledCount}`,
    );
  },
  /** `reservation ISSUER TOKEN` */
  reservation: (session, words) => {
    const lsn = recordedLsn(session, words.take("issuer"), session.tokens.token(words.take("token")));
    const { reservations } = session.host.engine.state;
    const state = reservations.state(lsn);
    if (state === State.NONE) return session.say("no such reservation");
    const latestLsn = reservations.latestLsn(lsn);
    const frame = session.host.log.frameAt(latestLsn);
    const rows = new FrameRows(frame);
    const at = rows.rowOffset(latestLsn - frame.firstLsn);
    const amount = rows.int64At(at, RecordRow.AMOUNT_MINOR);
    session.say(`${nameOf(State, state)} amount=${amount} version=${rows.versionAt(at)} since=${latestLsn}`);
  },
  /** `pending ISSUER TOKEN`: is the token queued or in flight? */
  pending: (session, words) => {
    const issuerId = words.take("issuer");
    const isPending = session.host.engine.isTokenPending(issuerId, session.tokens.token(words.take("token")));
    session.say(isPending ? "pending" : "not pending");
  },
  /** `needs`: what the engine waits for. */
  needs: (session) => {
    const { needsFlush, needsShip } = session.host.engine;
    session.say(`${needsFlush ? "flush" : "no flush"}, ${needsShip ? "ship" : "no ship"}`);
  },
  /** `lineage` */
  lineage: (session) => {
    const { lineage } = session.host.engine.state;
    session.say(lineage.map(({ generation, startLsn }) => `${generation} from ${startLsn}`).join(", "));
  },
};

/** LSN of the record of a token; 0 when there is none. */
function recordedLsn(session: ScriptSession, issuerId: string, token: Uint8Array): number {
  const { state } = session.host.engine;
  return findToken(state, session.host.log, state.issuers.numberOf(issuerId), token);
}
