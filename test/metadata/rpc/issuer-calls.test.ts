import { create, type MessageInitShape } from "@bufbuild/protobuf";
import t from "tap";
import { StoreError } from "../../../common/errors/store-error.ts";
import {
  AdminService,
  ListIssuersRequestSchema,
  type ListIssuersResponse,
  type RecordIssuerLimitRequest,
  type RecordIssuerRequest,
  RecordIssuerLimitResponseSchema,
  RecordIssuerResponseSchema,
  RegisterIssuerRequestSchema,
  type RegisterIssuerResponse,
  SetIssuerLimitRequestSchema,
  type SetIssuerLimitResponse,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  LocateIssuerRequestSchema,
  type LocateIssuerResponse,
  MetadataService,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { MutationOutcomeSchema } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { DEADLINE, failure, fakeNode, RunningMetadata } from "../running.ts";

const TOKEN = "01936f2e-8c00-7000-8000-000000000001";
const APPROVED = create(MutationOutcomeSchema, {
  decision: Decision.APPROVED,
  label: { sessionToken: "s", durability: Durability.LOCAL_SYNC },
});

/** A cluster whose leader of shard 0 is a fake that records what it is asked and fails as told. */
async function cluster(t: Parameters<typeof fakeNode>[0]) {
  const recorded: RecordIssuerRequest[] = [];
  const limits: RecordIssuerLimitRequest[] = [];
  const failures: StoreError[] = [];
  const failNext = async (): Promise<void> => {
    const error = failures.shift();
    if (error !== undefined) throw error;
  };
  const leader = await fakeNode(t, {
    recordIssuer: async (request) => {
      recorded.push(request);
      await failNext();
      return create(RecordIssuerResponseSchema, { outcome: APPROVED });
    },
    recordIssuerLimit: async (request) => {
      limits.push(request);
      await failNext();
      return create(RecordIssuerLimitResponseSchema, { outcome: APPROVED });
    },
  });
  const metadata = await (await new RunningMetadata(t).start()).bootstrap([leader.address]);
  return { metadata, leader, recorded, limits, failures };
}

type Changes = MessageInitShape<typeof RegisterIssuerRequestSchema>;

function register(metadata: RunningMetadata, changes: Changes = {}): Promise<RegisterIssuerResponse> {
  const request = create(RegisterIssuerRequestSchema, {
    reservationToken: TOKEN,
    issuerId: "MUNI-77",
    currency: "EUR",
    limitMinor: 5_000n,
    homeRegion: "madrid",
    ...changes,
  });
  return metadata.channel.unary(AdminService.method.registerIssuer, request, DEADLINE);
}

function setLimit(
  metadata: RunningMetadata,
  changes: MessageInitShape<typeof SetIssuerLimitRequestSchema> = {},
): Promise<SetIssuerLimitResponse> {
  const sound = { reservationToken: TOKEN, issuerId: "MUNI-77", limitMinor: 9n };
  const request = create(SetIssuerLimitRequestSchema, { ...sound, ...changes });
  return metadata.channel.unary(AdminService.method.setIssuerLimit, request, DEADLINE);
}

function locate(metadata: RunningMetadata, issuerId = "MUNI-77"): Promise<LocateIssuerResponse> {
  const request = create(LocateIssuerRequestSchema, { issuerId });
  return metadata.channel.unary(MetadataService.method.locateIssuer, request, DEADLINE);
}

function list(metadata: RunningMetadata, pageSize: number, pageToken = ""): Promise<ListIssuersResponse> {
  const request = create(ListIssuersRequestSchema, { pageSize, pageToken });
  return metadata.channel.unary(AdminService.method.listIssuers, request, DEADLINE);
}

t.test("an issuer is placed, recorded by its leader, and found", async (t) => {
  const { metadata, recorded } = await cluster(t);
  const answer = await register(metadata);
  t.match(answer, { shardId: 0, outcome: { decision: Decision.APPROVED, label: { sessionToken: "s" } } });
  t.match(recorded, [
    {
      shardId: 0,
      generation: 1n,
      registration: { issuerId: "MUNI-77", limitMinor: 5_000n, currency: "EUR" },
    },
  ]);
  t.match(await locate(metadata), { shardId: 0, recorded: true, config: { leader: "madrid-1" } });
});

t.test("registering again asks the leader again: it holds the recorded decision", async (t) => {
  const { metadata, recorded, failures } = await cluster(t);
  await register(metadata);
  await register(metadata);
  t.equal(recorded.length, 2);
  failures.push(new StoreError("ISSUER_EXISTS", { message: "limit differs" }));
  const other = register(metadata, { limitMinor: 1n });
  t.match(await failure(other), { reason: "ISSUER_EXISTS", message: "limit differs" });
  const elsewhere = register(metadata, { homeRegion: "new-york" });
  t.match(await failure(elsewhere), { reason: "ISSUER_EXISTS", message: /homed in madrid/ });
  t.equal(recorded.length, 3, "the register knows the home itself");
});

t.test("a crash between placement and record heals by a retry", async (t) => {
  const { metadata, recorded, failures } = await cluster(t);
  failures.push(new StoreError("SYNC_PEER_UNAVAILABLE"));
  t.match(await failure(register(metadata)), { reason: "SYNC_PEER_UNAVAILABLE" });
  t.match(await locate(metadata), { shardId: 0, recorded: false });
  await metadata.stop();
  await metadata.start();
  t.match(await locate(metadata), { shardId: 0, recorded: false });
  t.match(await register(metadata, { currency: "USD" }), { shardId: 0 });
  t.match(await locate(metadata), { recorded: true });
  t.equal(recorded.length, 2);
  t.match((await list(metadata, 0)).issuers, [{ issuerId: "MUNI-77", currency: "USD", recorded: true }]);
});

t.test("a declined registration is answered but not counted as recorded", async (t) => {
  const outcome = create(MutationOutcomeSchema, { decision: Decision.DECLINED });
  const leader = await fakeNode(t, {
    recordIssuer: async () => create(RecordIssuerResponseSchema, { outcome }),
  });
  const metadata = await (await new RunningMetadata(t).start()).bootstrap([leader.address]);
  t.match(await register(metadata), { outcome: { decision: Decision.DECLINED } });
  t.match(await locate(metadata), { recorded: false });
});

t.test("a moment of disagreement about the generation is hidden", async (t) => {
  const { metadata, recorded, failures } = await cluster(t);
  failures.push(new StoreError("STALE_GENERATION"), new StoreError("NOT_LEADER"));
  t.match(await register(metadata), { shardId: 0 });
  t.equal(recorded.length, 3);
});

t.test("errors of the leader keep their particulars", async (t) => {
  const { metadata, failures } = await cluster(t);
  failures.push(new StoreError("RPO_GATE_CLOSED", { retryAfterMs: 777, metadata: { clause: "remote" } }));
  t.match(await failure(register(metadata)), {
    reason: "RPO_GATE_CLOSED",
    retryAfterMs: 777,
    metadata: { clause: "remote" },
  });
});

t.test("a leader that cannot be reached is no decision", async (t) => {
  const { metadata, leader } = await cluster(t);
  await leader.server.stop(0);
  t.match(await failure(register(metadata)), { reason: "LEADER_UNREACHABLE" });
  t.match(await locate(metadata), { recorded: false });
});

t.test("a limit goes to the leader of the issuer's shard", async (t) => {
  const { metadata, limits, failures } = await cluster(t);
  t.match(await failure(setLimit(metadata)), { reason: "ISSUER_NOT_FOUND" });
  await register(metadata);
  t.match(await setLimit(metadata), { outcome: { decision: Decision.APPROVED } });
  t.match(limits, [{ shardId: 0, generation: 1n, change: { issuerId: "MUNI-77", limitMinor: 9n } }]);
  failures.push(new StoreError("TOKEN_REUSED"));
  t.match(await failure(setLimit(metadata)), { reason: "TOKEN_REUSED" });
});

t.test("malformed requests name the field and place nothing", async (t) => {
  const { metadata, recorded } = await cluster(t);
  const cases: [Changes, string][] = [
    [{ reservationToken: "" }, "reservation_token"],
    [{ reservationToken: "f47ac10b-58cc-4372-a567-0e02b2c3d479" }, "reservation_token"],
    [{ issuerId: "" }, "issuer_id"],
    [{ issuerId: "white space" }, "issuer_id"],
    [{ issuerId: "x".repeat(65) }, "issuer_id"],
    [{ currency: "euro" }, "currency"],
    [{ limitMinor: -1n }, "limit_minor"],
    [{ limitMinor: 2n ** 53n }, "limit_minor"],
    [{ homeRegion: "" }, "home_region"],
    [{ homeRegion: "paris" }, "home_region"],
  ];
  for (const [changes, field] of cases) {
    t.match(await failure(register(metadata, changes)), { reason: "INVALID_REQUEST", field }, field);
  }
  const limit = setLimit(metadata, { limitMinor: -1n });
  t.match(await failure(limit), { reason: "INVALID_REQUEST", field: "limit_minor" });
  t.equal(recorded.length, 0);
  t.strictSame((await list(metadata, 0)).issuers, []);
});

t.test("issuers are listed page by page in order", async (t) => {
  const { metadata } = await cluster(t);
  for (const issuerId of ["C", "A", "B"]) await register(metadata, { issuerId });
  const first = await list(metadata, 2);
  t.match(first.issuers, [{ issuerId: "A", shardId: 0, recorded: true }, { issuerId: "B" }]);
  const second = await list(metadata, 2, first.nextPageToken);
  t.match(second, { issuers: [{ issuerId: "C" }], nextPageToken: "" });
  t.equal((await list(metadata, 3)).nextPageToken, "", "a full last page has no next one");
  t.match(await failure(list(metadata, 10_001)), { reason: "INVALID_REQUEST", field: "page_size" });
});

t.test("before the shards are placed registrations are refused for the time being", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  t.match(await failure(register(metadata)), {
    reason: "METADATA_UNAVAILABLE",
    message: /madrid has 0 of 2 nodes/,
  });
});
