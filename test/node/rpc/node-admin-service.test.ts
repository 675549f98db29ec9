import t from "tap";
import { create } from "@bufbuild/protobuf";
import { formatToken } from "../../../common/batch/token.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { nodeAdminHandlers } from "../../../node/rpc/node-admin-service.ts";
import {
  NodeAdminService,
  RecordIssuerLimitRequestSchema,
  RecordIssuerRequestSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { Decision } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";

const { method } = NodeAdminService;
const soon = { deadlineMs: 3_000 };
const registration = {
  reservationToken: formatToken(namedToken("register Y")),
  issuerId: "Y",
  currency: "EUR",
  limitMinor: 500n,
  homeRegion: "madrid",
};

async function serving(t: { teardown(callback: () => unknown): void }) {
  const shard = await ServingShard.start(t);
  const handlers = nodeAdminHandlers(() => shard.node);
  const server = await new TestRpcServer().serving(NodeAdminService, handlers).start();
  const channel = new RpcChannel(server.address);
  t.teardown(async () => {
    channel.close();
    await server.server.stop(100);
  });
  const record = (init: object) =>
    channel.unary(
      method.recordIssuer,
      create(RecordIssuerRequestSchema, { shardId: SHARD_ID, generation: 1n, ...init }),
      soon,
    );
  const recordLimit = (init: object) =>
    channel.unary(
      method.recordIssuerLimit,
      create(RecordIssuerLimitRequestSchema, { shardId: SHARD_ID, generation: 1n, ...init }),
      soon,
    );
  return { shard, record, recordLimit };
}

t.test("an issuer is recorded once, however often it is asked for", async (t) => {
  const { shard, record } = await serving(t);
  const { outcome } = await record({ registration });
  t.match(outcome, { decision: Decision.APPROVED, label: { replayed: false, position: { lsn: 3n } } });
  const again = await record({ registration });
  t.match(again.outcome, { decision: Decision.APPROVED, label: { replayed: true, position: { lsn: 3n } } });
  t.equal(shard.node.hosts.withIssuer("Y")?.shardId, SHARD_ID);
  const other = { ...registration, reservationToken: formatToken(namedToken("other")), limitMinor: 7n };
  t.equal((await storeErrorOf(record({ registration: other }))).reason, "ISSUER_EXISTS");
});

t.test("a limit is recorded", async (t) => {
  const { shard, recordLimit } = await serving(t);
  const change = { reservationToken: formatToken(namedToken("limit")), issuerId: "X", limitMinor: 77n };
  t.match(await recordLimit({ change }), { outcome: { decision: Decision.APPROVED } });
  t.equal(shard.shard.host.state.issuers.limitMinor(0), 77);
  const unknown = { ...change, issuerId: "nobody" };
  t.equal((await storeErrorOf(recordLimit({ change: unknown }))).reason, "ISSUER_NOT_FOUND");
});

t.test("malformed and misdirected requests are refused", async (t) => {
  const { record, recordLimit } = await serving(t);
  t.match(await storeErrorOf(record({})), { reason: "INVALID_REQUEST", field: "registration" });
  t.match(await storeErrorOf(recordLimit({})), { reason: "INVALID_REQUEST", field: "change" });
  const currency = { ...registration, currency: "euro" };
  t.match(await storeErrorOf(record({ registration: currency })), {
    reason: "INVALID_REQUEST",
    field: "currency",
  });
  t.match(await storeErrorOf(record({ registration, generation: 2n ** 60n })), { field: "generation" });
  t.equal((await storeErrorOf(record({ registration, shardId: 99 }))).reason, "NOT_LEADER");
  t.equal((await storeErrorOf(record({ registration, generation: 9n }))).reason, "STALE_GENERATION");
});
