import { create } from "@bufbuild/protobuf";
import { invalidRequest } from "../../common/errors/store-error.ts";
import {
  type Consistency,
  ConsistencySchema,
  OnStale,
  ReadContract,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { ReadWish, StaleChoice } from "../placement/read-plan.ts";

/** What a read asks for. Throws INVALID_REQUEST when it asks for something unknown. */
export function readWish(consistency: Consistency | undefined): ReadWish {
  const contract = consistency?.contract;
  if (contract?.case !== "bounded") {
    return { contract: contract?.case ?? "linearizable", onStale: "fallback_leader" };
  }
  return { contract: "bounded", onStale: staleChoice(contract.value.onStale) };
}

/** The same read with the weakest contract. */
export function anyConsistency(): Consistency {
  return create(ConsistencySchema, { contract: { case: "any", value: {} } });
}

/** Contract of a wish as labels name it. */
export function contractAsked({ contract }: ReadWish): ReadContract {
  switch (contract) {
    case "linearizable":
      return ReadContract.LINEARIZABLE;
    case "session":
      return ReadContract.SESSION;
    case "bounded":
      return ReadContract.BOUNDED;
    case "any":
      return ReadContract.ANY;
  }
}

function staleChoice(onStale: OnStale): StaleChoice {
  switch (onStale) {
    case OnStale.UNSPECIFIED:
    case OnStale.FALLBACK_LEADER:
      return "fallback_leader";
    case OnStale.MARK_STALE:
      return "mark_stale";
    case OnStale.FAIL:
      return "fail";
    default:
      // One of a later version may be stricter than any of these.
      throw invalidRequest("consistency.bounded.on_stale", "is none that this version knows");
  }
}
