import { create } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { StoreError } from "../../../common/errors/store-error.ts";
import { Metrics } from "../../../common/metrics/metrics.ts";
import { OpsServer } from "../../../common/ops-server.ts";
import { Readiness } from "../../../common/readiness.ts";
import type { CallContext } from "../../../common/rpc/call-context.ts";
import type { ServiceHandlers } from "../../../common/rpc/handlers.ts";
import { jsonRequestHandler, jsonService } from "../../../common/rpc/json-handlers.ts";
import {
  GetExposureResponseSchema,
  ReservationService,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { RecordingLog } from "../../support/recording-log.ts";

async function startJson(t: Test, handlers: ServiceHandlers<typeof ReservationService>) {
  const log = new RecordingLog();
  const handler = jsonRequestHandler([jsonService(ReservationService, handlers)], log);
  const ops = new OpsServer({ metrics: new Metrics(), readiness: new Readiness(), log }, [handler]);
  const port = await ops.start("127.0.0.1", 0);
  t.teardown(() => ops.stop());
  const post = async (method: string, body: string, headers: Record<string, string> = {}) => {
    const url = `http://127.0.0.1:${port}/${ReservationService.typeName}/${method}`;
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  return { post, log };
}

t.test("a unary method answers JSON, 64-bit numbers as strings and zeros shown", async (t) => {
  const { post } = await startJson(t, {
    getExposure: async ({ issuerId }) =>
      create(GetExposureResponseSchema, { exposure: { issuerId, limitMinor: 2n ** 53n - 1n } }),
  });
  const { status, text } = await post("GetExposure", '{"issuerId":"MUNI-77"}');
  t.equal(status, 200);
  t.match(JSON.parse(text), {
    exposure: { issuerId: "MUNI-77", limitMinor: "9007199254740991", exposureMinor: "0" },
  });
});

t.test("the handler sees a call like any other", async (t) => {
  const contexts: CallContext[] = [];
  const { post } = await startJson(t, {
    getExposure: async (_request, context) => {
      contexts.push(context);
      t.ok(context.remainingMs() > 0);
      return create(GetExposureResponseSchema);
    },
  });
  await post("GetExposure", "{}", { "connect-timeout-ms": "5000", traceparent: "00-ab" });
  await post("GetExposure", "{}");
  const [limited, unlimited] = contexts;
  t.ok((limited?.remainingMs() ?? Number.POSITIVE_INFINITY) <= 5000);
  t.equal(unlimited?.remainingMs(), Number.POSITIVE_INFINITY);
  t.equal(limited?.header("traceparent"), "00-ab");
  t.equal(limited?.header("absent"), undefined);
  t.match(limited?.peer, "127.0.0.1");
  t.equal(limited?.signal.aborted, true, "the signal fires when the call is over");
});

t.test("a refusal carries the same details as on gRPC", async (t) => {
  const { post, log } = await startJson(t, {
    getExposure: () =>
      Promise.reject(new StoreError("OVERLOADED", { message: "queue full", retryAfterMs: 70 })),
  });
  const { status, headers, text } = await post("GetExposure", "{}");
  t.equal(status, 429);
  t.equal(headers.get("grpc-retry-pushback-ms"), "70");
  t.match(JSON.parse(text), {
    code: "resource_exhausted",
    message: "queue full",
    details: [{ type: "google.rpc.ErrorInfo" }, { type: "google.rpc.RetryInfo" }],
  });
  t.same(log.events, []);
});

t.test("an unexpected throw is logged and not told", async (t) => {
  const { post, log } = await startJson(t, { getExposure: () => Promise.reject(new Error("secret")) });
  const { status, text } = await post("GetExposure", "{}");
  t.equal(status, 500);
  t.notMatch(text, /secret/);
  t.same(log.events, ["rpc_handler_failed"]);
});

t.test("bodies that are no request are refused before the handler", async (t) => {
  const { post } = await startJson(t, { getExposure: () => t.fail("must not be reached") as never });
  t.equal((await post("GetExposure", "{")).status, 400);
  t.equal((await post("GetExposure", '{"issuerId":5}')).status, 400);
  t.equal((await post("GetExposure", JSON.stringify({ issuerId: "x".repeat(2_000_000) }))).status, 429);
});

t.test("streams and methods without a handler are not on this port", async (t) => {
  const { post } = await startJson(t, {
    reserveStream: () => ({ onMessage() {}, onEnd() {}, onClose() {} }),
  });
  t.equal((await post("ReserveStream", "{}")).status, 404);
  t.equal((await post("Reserve", "{}")).status, 404);
});
