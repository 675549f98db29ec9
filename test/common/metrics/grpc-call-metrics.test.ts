import t from "tap";
import { GrpcCallMetrics } from "../../../common/metrics/grpc-call-metrics.ts";
import { Metrics } from "../../../common/metrics/metrics.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

t.test("finished calls are counted by service, method and code", async (t) => {
  const metrics = new Metrics();
  const observer = new GrpcCallMetrics(metrics);
  const { reserve, reserveStream } = ReservationService.method;
  observer.callHandled(reserve, "OK", 0.002);
  observer.callHandled(reserve, "OK", 0.002);
  observer.callHandled(reserve, "UNAVAILABLE", 0.5);
  observer.callHandled(reserveStream, "OK", 9);
  const text = await metrics.exposition();
  const service = 'grpc_service="harborpoint.reservation.v1.ReservationService"';
  t.match(
    text,
    `grpc_server_handled_total{grpc_type="unary",${service},grpc_method="Reserve",grpc_code="OK"} 2`,
  );
  t.match(text, 'grpc_method="Reserve",grpc_code="UNAVAILABLE"} 1');
  t.match(text, 'grpc_type="bidi_stream"');
  t.match(text, `grpc_server_handling_seconds_count{grpc_type="unary",${service},grpc_method="Reserve"} 3`);
});
