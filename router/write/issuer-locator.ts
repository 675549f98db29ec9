import { ItemError } from "../../common/batch/kinds.ts";
import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import { issuerIndexes } from "../../common/batch/scatter.ts";
import { reasonNumber } from "../../common/errors/reason.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { checkIssuerId } from "../../common/validation/field-rules.ts";
import type { IssuerDirectory } from "../directory/issuer-directory.ts";

/**
 * By string index of a batch: the shard of an issuer; for an issuer without one minus the number of
 * the ErrorReason that says why; meaningless negative numbers for other strings.
 */
export type ShardsOfBatch = Int32Array;

/** Finds the shard of every issuer of a batch. */
export class IssuerLocator {
  readonly #issuers: IssuerDirectory;

  constructor(issuers: IssuerDirectory) {
    this.#issuers = issuers;
  }

  /** At once when every issuer is known here; else a promise that is never rejected. */
  locate(batch: MutationBatch): ShardsOfBatch | Promise<ShardsOfBatch> {
    const shards = new Int32Array(batch.strings.length + 1).fill(-ItemError.INVALID_REQUEST);
    const unknown: number[] = [];
    for (const index of issuerIndexes(batch)) {
      const known = this.#issuers.known(batch.strings[index - 1]);
      if (known === undefined) unknown.push(index);
      else shards[index] = known === "not_found" ? -ItemError.ISSUER_NOT_FOUND : known;
    }
    return unknown.length === 0 ? shards : this.#ask(batch, unknown, shards);
  }

  async #ask(
    batch: MutationBatch,
    indexes: readonly number[],
    shards: ShardsOfBatch,
  ): Promise<ShardsOfBatch> {
    const ask = async (index: number): Promise<void> => {
      const issuerId = batch.strings[index - 1];
      // A text that is no issuer id stays invalid: it need not be asked for.
      if (checkIssuerId(issuerId) === undefined) shards[index] = await this.#shardOrReason(issuerId);
    };
    await Promise.all(indexes.map(ask));
    return shards;
  }

  async #shardOrReason(issuerId: string): Promise<number> {
    try {
      return await this.#issuers.locate(issuerId);
    } catch (error) {
      return -reasonNumber(error instanceof StoreError ? error.reason : "METADATA_UNAVAILABLE");
    }
  }
}
