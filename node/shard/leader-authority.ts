import { ClockCheck } from "./clock-check.ts";
import type { ShardConfiguration } from "./configuration.ts";
import { GRANT_MS, Grants } from "./grants.ts";
import { type GateClause, RecoveryGate } from "./recovery-gate.ts";
import { RemoteProof } from "./remote-proof.ts";

/**
 * A leader's right to act in its generation.
 *
 * Invariants: a write counts only under every peer's grant and an open gate; a linearizable read
 * only under every peer's grant and the remote's proof, or the metadata service's lease in its
 * place; nothing of an earlier generation, and nothing measured by a clock that jumped, counts.
 */
export class LeaderAuthority {
  readonly #nodeId: string;
  readonly #grants = new Grants();
  readonly #gate = new RecoveryGate();
  readonly #clockCheck = new ClockCheck();
  #remote = new RemoteProof();
  #generation = 0;
  #peers: readonly string[] = [];
  #remoteNode = "";
  #leaseUntilMs = 0;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** A generation begins: everything has to be earned in it. */
  begin({ generation, ackSet, remote }: ShardConfiguration): void {
    this.end();
    this.#generation = generation;
    this.#peers = ackSet.filter((member) => member !== this.#nodeId);
    this.#remoteNode = remote;
    this.#remote = new RemoteProof();
    this.#gate.reset();
  }

  /** This node leads no more. */
  end(): void {
    this.#grants.drop();
    this.#leaseUntilMs = 0;
    this.#generation = 0;
  }

  /** Highest LSN durable at the configured remote. */
  get remoteDurableLsn(): number {
    return this.#remote.durableLsn;
  }

  /** Milliseconds since the remote proved to hold everything committed; undefined before it did. */
  remoteLagMs(nowMs: number): number | undefined {
    return this.#remote.ageMs(nowMs);
  }

  /** Clause that closed the gate when it was looked at last, "" when it is open. */
  get gateClause(): GateClause {
    return this.#remoteNode === "" ? "" : this.#gate.clause;
  }

  /** True while every other member of the ack set grants this node its leadership. */
  hasPeerGrants(nowMs: number): boolean {
    return this.#grants.holdAll(this.#peers, nowMs);
  }

  /** True while acknowledgements may be given, as far as the remote region is concerned. */
  isGateOpen(nowMs: number): boolean {
    if (this.#remoteNode === "") return true;
    const ages = { proofMs: this.#remote.ageMs(nowMs), applyMs: this.#remote.applyAgeMs(nowMs) };
    return this.#gate.evaluate(nowMs, ages);
  }

  /** True while nobody else can have taken over, so that the newest state may be read here. */
  mayRead(nowMs: number): boolean {
    if (!this.hasPeerGrants(nowMs)) return false;
    if (this.#remoteNode === "" || nowMs < this.#leaseUntilMs) return true;
    return (this.#remote.ageMs(nowMs) ?? Number.POSITIVE_INFINITY) < GRANT_MS;
  }

  /** A message with a commit position of this generation left for a follower. */
  onSent(nodeId: string, nowMs: number, commitLsn: number): void {
    if (nodeId === this.#remoteNode) this.#remote.noteSent(nowMs, commitLsn);
  }

  /** A follower reported its positions in answer to a message sent at a time; 0 when to none. */
  onAcked(nodeId: string, durableLsn: number, appliedLsn: number, echoedSendMs: number): void {
    this.#grants.extend(nodeId, echoedSendMs);
    if (nodeId === this.#remoteNode) this.#remote.noteAcked(durableLsn, appliedLsn, echoedSendMs);
  }

  /** The metadata service leases the leadership of a generation until a time on this node's clock. */
  onLeased(generation: number, untilMs: number): void {
    if (generation === this.#generation) this.#leaseUntilMs = untilMs;
  }

  /** Time passes; after a jump of the clock everything measured with it is void. */
  onTick(nowMs: number, wallMs: number): void {
    if (this.#clockCheck.isSound(nowMs, wallMs)) return;
    this.#grants.distrust(nowMs);
    this.#remote.dropProofs();
    this.#leaseUntilMs = 0;
  }
}
