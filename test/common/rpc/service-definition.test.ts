import t from "tap";
import { methodPath, serviceDefinition } from "../../../common/rpc/service-definition.ts";
import { MetadataService } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

t.test("paths and kinds come from the descriptor, messages stay bytes", async (t) => {
  const definition = serviceDefinition(ReservationService);
  t.match(definition["reserve"], { path: "/harborpoint.reservation.v1.ReservationService/Reserve" });
  t.match(definition["reserve"], { requestStream: false, responseStream: false });
  t.match(definition["reserveStream"], { requestStream: true, responseStream: true });
  t.match(serviceDefinition(MetadataService)["watchShardMap"], {
    requestStream: false,
    responseStream: true,
  });
  const bytes = Buffer.of(1, 2);
  t.equal(definition["reserve"]?.requestDeserialize(bytes), bytes);
  t.equal(
    methodPath(ReservationService.method.settle),
    "/harborpoint.reservation.v1.ReservationService/Settle",
  );
});

t.test("a definition is made once", async (t) => {
  t.equal(serviceDefinition(ReservationService), serviceDefinition(ReservationService));
});
