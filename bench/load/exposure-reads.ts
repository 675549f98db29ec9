import type { Consistency, HarborpointClient, Session } from "../../client/index.ts";
import type { Operation } from "./operation.ts";
import type { ReserveLoad } from "./reserve-load.ts";

/** How reads are made, and who answered them. */
export interface ExposureReads {
  readonly client: Pick<HarborpointClient, "reads">;
  readonly load: ReserveLoad;
  /** Stated contract, or the session whose writes must be seen. */
  readonly options: { readonly consistency?: Consistency; readonly session?: Session };
  /** Hears the region of the node that answered. */
  readonly onAnswer: (region: string) => void;
  /** Hears of an exposure that is not what was acknowledged. */
  readonly onWrong: (finding: string) => void;
}

/** Reads exposures of a store at rest, issuer after issuer as the load draws them. */
export function exposureReads({ client, load, options, onAnswer, onWrong }: ExposureReads): Operation {
  const wanted = new Map(load.told.books.map(({ issuerId, approvedMinor }) => [issuerId, approvedMinor]));
  return {
    rateName: "readsPerSecond",
    recordsPerSend: 1,
    sender: (_, recorder) => {
      const draws = load.draws();
      return async (intendedMs) => {
        const { issuerId } = load.issuers[draws.next().value.issuer];
        const { exposure, label } = await client.reads.getExposure(issuerId, options);
        recorder.answered(intendedMs, 1);
        onAnswer(label.region);
        const { exposureMinor } = exposure;
        if (exposureMinor !== wanted.get(issuerId))
          onWrong(
            `${issuerId}: ${label.nodeId} read ${exposureMinor}, acknowledged was ${wanted.get(issuerId)}`,
          );
      };
    },
  };
}
