import { create } from "@bufbuild/protobuf";
import { type Exposure, ExposureSchema } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { Replica } from "./replica.ts";
import { issuerNumber } from "./reservation-lookup.ts";

/** An issuer's exposure as of the applied position. Throws ISSUER_NOT_FOUND. */
export function exposureOf(replica: Replica, issuerId: string): Exposure {
  const { issuers } = replica.state;
  const issuer = issuers.row(issuerNumber(replica, issuerId));
  return create(ExposureSchema, {
    issuerId,
    currency: issuer.currency,
    limitMinor: BigInt(issuer.limitMinor),
    exposureMinor: BigInt(issuer.exposureMinor),
    headroomMinor: BigInt(issuer.limitMinor - issuer.exposureMinor),
    openCount: BigInt(issuer.openCount),
    settledCount: BigInt(issuer.settledCount),
  });
}
