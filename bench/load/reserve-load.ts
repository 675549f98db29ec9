import type { Clock } from "../../common/clock.ts";
import { seededRandom } from "../../common/random.ts";
import { Acknowledgements } from "../audit/acknowledgements.ts";
import type { FlagValues } from "../flags.ts";
import { BatchPool } from "./batch-pool.ts";
import { AMOUNT_MINOR_MAX, type BenchIssuer, benchIssuers } from "./bench-issuers.ts";
import { issuerChoice } from "./issuer-choice.ts";
import { TokenWriter } from "./token-writer.ts";

/** The flags that shape a load. */
export type LoadFlags = Pick<FlagValues, "seed" | "issuers" | "issuerCount">;

/** Everything a load of reserves on one store is made of: the same for the same seed, but for the tokens' time. */
export class ReserveLoad {
  readonly issuers: readonly BenchIssuer[];
  readonly told: Acknowledgements;
  readonly tokens: TokenWriter;
  readonly #flags: LoadFlags;
  readonly #clock: Clock;

  constructor(flags: LoadFlags, clock: Clock) {
    this.#flags = flags;
    this.#clock = clock;
    this.issuers = benchIssuers(flags.issuerCount);
    this.told = new Acknowledgements(this.issuers);
    this.tokens = new TokenWriter(seededRandom(flags.seed));
  }

  /** Batches of one size, of which so many can be out at once. */
  pool(rowsPerBatch: number, batches: number): BatchPool {
    const { seed, issuers, issuerCount } = this.#flags;
    const random = seededRandom(seed + rowsPerBatch);
    return new BatchPool({
      rowsPerBatch,
      batches,
      issuers: this.issuers,
      chooseIssuer: issuerChoice(issuers, issuerCount, random),
      random,
      tokens: this.tokens,
      clock: this.#clock,
    });
  }

  /** Issuer and amount of one reserve after the other. */
  *draws(): Generator<{ readonly issuer: number; readonly amountMinor: number }, never> {
    const { seed, issuers, issuerCount } = this.#flags;
    const random = seededRandom(seed);
    const chooseIssuer = issuerChoice(issuers, issuerCount, random);
    for (;;) yield { issuer: chooseIssuer(), amountMinor: random.integer(1, AMOUNT_MINOR_MAX) };
  }
}
