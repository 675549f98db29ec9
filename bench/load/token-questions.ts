import type { HarborpointClient } from "../../client/index.ts";
import type { Random } from "../../common/random.ts";
import type { Operation } from "./operation.ts";
import type { KnownReserve } from "./preload.ts";
import type { ReserveLoad } from "./reserve-load.ts";

/** Asks what became of known tokens, and notes every answer that is not what the load was told. */
export function tokenQuestions(
  client: Pick<HarborpointClient, "getTokenStatus">,
  load: ReserveLoad,
  known: readonly KnownReserve[],
  random: Random,
  onWrong: (finding: string) => void,
): Operation {
  return {
    rateName: "questionsPerSecond",
    recordsPerSend: 1,
    sender: (_, recorder) => async (intendedMs) => {
      const { issuer, token, approved } = known[random.integer(0, known.length - 1)];
      const { issuerId } = load.issuers[issuer];
      const { status } = await client.getTokenStatus({ issuerId, token });
      recorder.answered(intendedMs, 1);
      const told = approved ? "APPROVED" : "DECLINED";
      if (status !== told) onWrong(`${issuerId}: token ${token} is ${status}, told was ${told}`);
    },
  };
}
