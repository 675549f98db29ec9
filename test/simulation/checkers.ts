import type { Frame } from "../../node/shard/frame.ts";
import { AcknowledgedIsDurable } from "./checkers/acknowledged-is-durable.ts";
import { EqualPositionsEqualBytes } from "./checkers/equal-positions-equal-bytes.ts";
import { ExposureWithinLimit } from "./checkers/exposure-within-limit.ts";
import { GateWindow } from "./checkers/gate-window.ts";
import { OneAuthority } from "./checkers/one-authority.ts";
import { OneLeaderPerGeneration } from "./checkers/one-leader-per-generation.ts";
import { OneTokenOneOutcome } from "./checkers/one-token-one-outcome.ts";

/** Every property that is watched while a simulation runs. */
export class Checkers {
  readonly bytes = new EqualPositionsEqualBytes();
  readonly durable = new AcknowledgedIsDurable();
  readonly tokens = new OneTokenOneOutcome();
  readonly exposure = new ExposureWithinLimit();
  readonly gate = new GateWindow();
  readonly authority = new OneAuthority();
  readonly leaders = new OneLeaderPerGeneration();
  #appliedLsn = 0;

  /** A node applied a frame; the ledger takes each position once, from whoever is first. */
  onApplied(nodeId: string, frame: Frame): void {
    this.bytes.onFrame(nodeId, frame);
    if (frame.firstLsn !== this.#appliedLsn + 1) return;
    this.#appliedLsn = frame.lastLsn;
    this.exposure.onApplied(frame);
  }
}
