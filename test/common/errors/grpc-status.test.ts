import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import t from "tap";
import { ERROR_CATALOG, type Reason } from "../../../common/errors/catalog.ts";
import { GrpcCode, grpcCodeName } from "../../../common/errors/grpc-code.ts";
import {
  encodeStatus,
  ProtocolStatusError,
  STATUS_DETAILS_TRAILER,
  statusFromError,
  storeErrorFromGrpc,
} from "../../../common/errors/grpc-status.ts";
import { invalidRequest, StoreError } from "../../../common/errors/store-error.ts";
import { ErrorInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../proto/gen/google/rpc/status_pb.ts";

/** An error as a gRPC library rejects with: a code, a text and trailers. */
function transportError(code: number, details: string, trailer?: Uint8Array) {
  const metadata = { get: (key: string) => (key === STATUS_DETAILS_TRAILER && trailer ? [trailer] : []) };
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata });
}

function roundTrip(error: StoreError): StoreError {
  const status = statusFromError(error);
  return storeErrorFromGrpc(transportError(status.code, status.message, encodeStatus(status)));
}

t.test("every reason survives the way to the caller with its facts", async (t) => {
  for (const reason of Object.keys(ERROR_CATALOG) as Reason[]) {
    const sent = new StoreError(reason, { message: "why", metadata: { remoteLagMs: "5100" } });
    const received = roundTrip(sent);
    t.equal(received.reason, reason);
    t.equal(received.message, "why");
    t.same(received.metadata, { remoteLagMs: "5100" });
    t.equal(received.retryAfterMs, sent.retryAfterMs);
    t.equal(statusFromError(sent).code, GrpcCode[ERROR_CATALOG[reason].status]);
  }
});

t.test("the wire names outcome and retry for callers without our catalogue", async (t) => {
  const [info] = statusFromError(new StoreError("COMMIT_OUTCOME_UNKNOWN")).details;
  t.match(info?.value, {
    reason: "COMMIT_OUTCOME_UNKNOWN",
    domain: "harborpoint",
    metadata: { outcome: "UNKNOWN", retry: "ask-token" },
  });
});

t.test("a malformed request names its field", async (t) => {
  const received = roundTrip(invalidRequest("labels", "must be at most 16"));
  t.equal(received.field, "labels");
  t.equal(received.message, "labels: must be at most 16");
});

t.test("only what may be repeated as it is pushes gRPC's own retries back", async (t) => {
  t.equal(statusFromError(new StoreError("OVERLOADED", { retryAfterMs: 70 })).pushbackMs, 70);
  t.equal(statusFromError(new StoreError("COMMIT_OUTCOME_UNKNOWN")).pushbackMs, undefined);
  t.equal(statusFromError(new StoreError("INVALID_REQUEST")).pushbackMs, undefined);
});

t.test("an unexpected throw tells the caller nothing about our insides", async (t) => {
  const status = statusFromError(new TypeError("cannot read properties of undefined"));
  t.same(status, { code: GrpcCode.INTERNAL, message: "internal error", details: [], pushbackMs: undefined });
});

t.test("a standard protocol's own status passes as it is", async (t) => {
  t.match(statusFromError(new ProtocolStatusError("NOT_FOUND", "unknown service")), {
    code: GrpcCode.NOT_FOUND,
    message: "unknown service",
  });
});

t.test("a status without our details leaves the outcome of a mutation unknown", async (t) => {
  const error = storeErrorFromGrpc(transportError(GrpcCode.UNAVAILABLE, "connection dropped"));
  t.equal(error.reason, "COMMIT_OUTCOME_UNKNOWN");
  t.equal(error.row.outcome, "UNKNOWN");
  t.equal(error.message, "UNAVAILABLE: connection dropped");
  t.same(error.metadata, { grpcCode: "UNAVAILABLE" });
});

t.test("a read names what to assume instead", async (t) => {
  const error = storeErrorFromGrpc(
    transportError(GrpcCode.DEADLINE_EXCEEDED, "too late"),
    "LEADER_UNREACHABLE",
  );
  t.equal(error.reason, "LEADER_UNREACHABLE");
});

t.test("damaged trailers, foreign domains and reasons of later builds are foreign", async (t) => {
  const info = (domain: string, reason: string) => {
    const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { domain, reason }))];
    return toBinary(StatusSchema, create(StatusSchema, { code: 14, details }));
  };
  const valid = info("harborpoint", "OVERLOADED");
  t.equal(storeErrorFromGrpc(transportError(14, "", valid)).reason, "OVERLOADED");
  for (const trailer of [
    info("example.com", "OVERLOADED"),
    info("harborpoint", "REASON_OF_TOMORROW"),
    valid.subarray(0, valid.length - 3),
    new Uint8Array(0),
  ]) {
    t.equal(storeErrorFromGrpc(transportError(14, "", trailer)).reason, "COMMIT_OUTCOME_UNKNOWN");
  }
});

t.test("whatever was thrown, the caller gets a StoreError", async (t) => {
  const own = new StoreError("OVERLOADED");
  t.equal(storeErrorFromGrpc(own), own);
  t.match(storeErrorFromGrpc("text"), { reason: "COMMIT_OUTCOME_UNKNOWN", message: "UNKNOWN: no details" });
  t.match(storeErrorFromGrpc(new Error("plain")), { message: "UNKNOWN: plain" });
});

t.test("codes have names, also those nobody has assigned", async (t) => {
  t.equal(grpcCodeName(16), "UNAUTHENTICATED");
  t.equal(grpcCodeName(99), "UNKNOWN");
});

t.test("a sentence that quotes too much, or no proper text, still fits into a trailer", async (t) => {
  const quoted = statusFromError(invalidRequest("home_region", `"${"x".repeat(100_000)}" is unknown`));
  t.ok(quoted.message.length <= 501, "it is cut off");
  t.ok(encodeStatus(quoted).byteLength < 4_096, "in the details too");
  const halfCharacter = statusFromError(invalidRequest("home_region", `"${"\ud83d\ude00".repeat(400)}`));
  t.ok(halfCharacter.message.isWellFormed(), "a character that is cut in two is replaced");
  t.ok(statusFromError(invalidRequest("desk", '"\ud800"')).message.isWellFormed());
});
