import { Backoff } from "../../common/backoff.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import type { Random } from "../../common/random.ts";
import type { NodeInfo, RegisterNodeResponse } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { MetadataClient } from "./metadata-client.ts";
import { pause, type Timers } from "./timers.ts";

const RETRY_PAUSE = { minMs: 100, maxMs: 2_000 };

/** What a registration needs. */
export type RegistrationParts = {
  readonly client: Pick<MetadataClient, "register">;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
};

/**
 * Introduces the node to the metadata service, as often as it takes to get an answer. Rejects with
 * the service's StoreError when it will not have the node: wrong place, foreign or missing data.
 * @param clusterId cluster the data directory belongs to, "" when it is new
 */
export async function registerNode(
  { client, timers, random, log }: RegistrationParts,
  node: NodeInfo,
  clusterId: string,
): Promise<RegisterNodeResponse> {
  const backoff = new Backoff(RETRY_PAUSE, random);
  for (;;) {
    try {
      return await client.register(node, clusterId);
    } catch (error) {
      if (!(error instanceof StoreError) || error.row.retry === "never") throw error;
      const pauseMs = Math.max(backoff.nextMs(), error.retryAfterMs ?? 0);
      log.warn("registration_failed", {
        reason: error.reason,
        problem: error.message,
        pauseMs: Math.round(pauseMs),
      });
      await pause(timers, pauseMs);
    }
  }
}
