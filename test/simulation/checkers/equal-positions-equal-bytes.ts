import type { Frame } from "../../../node/shard/frame.ts";
import { Violation } from "../violation.ts";

/** I2: equal (generation, LSN) of one incarnation means equal bytes; LSNs are dense. */
export class EqualPositionsEqualBytes {
  readonly #chains = new Map<string, string>();

  /** A node holds a frame, durable or not. */
  onFrame(nodeId: string, frame: Frame): void {
    const position = `${frame.generation}/${frame.firstLsn}`;
    const chain = Buffer.from(frame.chain).toString("hex");
    const known = this.#chains.get(position);
    if (known === undefined) this.#chains.set(position, chain);
    else if (known !== chain) {
      throw new Violation("equal-positions-equal-bytes", `${nodeId} holds another frame at ${position}`);
    }
  }
}
