import { create } from "@bufbuild/protobuf";
import {
  type Consistency as WireConsistency,
  ConsistencySchema,
  OnStale,
} from "../proto/gen/harborpoint/types/v1/types_pb.ts";

/** What a read must reflect. */
export type Consistency =
  /** Every write acknowledged before the read began. */
  | { readonly contract: "linearizable" }
  /** At least the write behind a session token. */
  | { readonly contract: "session"; readonly sessionToken: string }
  /** Everything older than a bound; 2 s and the leader as fallback unless said otherwise. */
  | {
      readonly contract: "bounded";
      readonly maxStalenessMs?: number;
      readonly onStale?: "FALLBACK_LEADER" | "MARK_STALE" | "FAIL";
    }
  /** Some committed state, as near as possible. */
  | { readonly contract: "any" };

/** Consistency in the words of the wire. */
export function consistencyToWire(consistency: Consistency): WireConsistency {
  switch (consistency.contract) {
    case "linearizable":
      return create(ConsistencySchema, { contract: { case: "linearizable", value: {} } });
    case "session":
      return create(ConsistencySchema, {
        contract: { case: "session", value: { sessionToken: consistency.sessionToken } },
      });
    case "bounded": {
      const { maxStalenessMs = 0, onStale = "FALLBACK_LEADER" } = consistency;
      return create(ConsistencySchema, {
        contract: { case: "bounded", value: { maxStalenessMs, onStale: OnStale[onStale] } },
      });
    }
    case "any":
      return create(ConsistencySchema, { contract: { case: "any", value: {} } });
  }
}
