import t from "tap";
import { durabilityOf } from "../../../node/reads/durability.ts";
import { Durability } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { regionOf, TEST_CONFIGURATION } from "../../support/node/test-replica.ts";

t.test("durability follows from the ack set and its regions", async (t) => {
  const withAckSet = (...ackSet: string[]) => durabilityOf({ ...TEST_CONFIGURATION, ackSet }, regionOf);
  t.equal(withAckSet("a", "b"), Durability.LOCAL_SYNC);
  t.equal(withAckSet("a", "c"), Durability.GEO_SYNC);
  t.equal(withAckSet("a", "b", "c"), Durability.GEO_SYNC);
  t.equal(withAckSet("a"), Durability.SINGLE_COPY);
  t.equal(durabilityOf(undefined, regionOf), Durability.UNSPECIFIED);
});
