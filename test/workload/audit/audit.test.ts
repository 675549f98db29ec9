import { create } from "@bufbuild/protobuf";
import t from "tap";
import type { HarborpointClient } from "../../../client/index.ts";
import { systemClock } from "../../../common/clock.ts";
import {
  type DescribeShardResponse,
  DescribeShardResponseSchema,
  ShardStatusSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { type AuditReport, auditStore } from "../../../workload/audit/audit.ts";
import { WorkloadBooks } from "../../../workload/workload-books.ts";
import { recorded } from "../../support/recorded-decisions.ts";

const ISSUER = { issuerId: "A", homeRegion: "madrid", currency: "EUR", limitMinor: 100, share: 1 };

/** Books with one open reservation of 40. */
function booksWithReservation(): WorkloadBooks {
  const books = new WorkloadBooks([ISSUER]);
  const { ledger } = books.issuer("A");
  ledger.finish(ledger.begin(), recorded(1, "reserve", 40, { token: "a" }));
  return books;
}

function described(...hashes: number[]): DescribeShardResponse {
  const replicas = hashes.map((hash, index) => ({
    nodeId: `node-${index}`,
    status: { appliedLsn: 1n, stateHash: new Uint8Array([hash]) },
  }));
  const config = { shardId: 0, replicas: replicas.map(({ nodeId }) => nodeId) };
  return create(DescribeShardResponseSchema, { shard: { config, replicas } });
}

/** Audits books against a store that says what it is told to say. */
function audit(
  books: WorkloadBooks,
  exposureMinor: number,
  ...descriptions: DescribeShardResponse[]
): Promise<AuditReport> {
  const exposure = { limitMinor: 100, exposureMinor, openCount: 1, settledCount: 0 };
  let asked = 0;
  const client = {
    reads: {
      getExposure: async () => ({ exposure }),
      async *listOpenReservations() {
        yield { token: "a", amountMinor: 40 };
      },
    },
    cluster: {
      listShards: async () => [create(ShardStatusSchema, { config: { shardId: 0 } })],
      describeShard: async () => descriptions[Math.min(asked++, descriptions.length - 1)],
    },
  } as unknown as HarborpointClient;
  return auditStore({ client, books, clock: systemClock, catchUpMsMax: 600 });
}

t.test("all is well", async (t) => {
  t.match(await audit(booksWithReservation(), 40, described(1, 1)), {
    ok: true,
    oversoldIssuers: 0,
    duplicateTokens: 0,
    replicasEqual: true,
    issuersChecked: 1,
    findings: [],
  });
});

t.test("a sum that is off fails it", async (t) => {
  t.match(await audit(booksWithReservation(), 41, described(1, 1)), { ok: false, replicasEqual: true });
});

t.test("replicas may catch up, but not differ", async (t) => {
  t.match(await audit(booksWithReservation(), 40, described(), described(1, 1)), { ok: true });
  t.match(await audit(booksWithReservation(), 40, described(1, 2)), { ok: false, replicasEqual: false });
  t.match(await audit(booksWithReservation(), 40, described()), { ok: false, replicasEqual: false });
});

t.test("a token that was answered in two ways fails it", async (t) => {
  const books = booksWithReservation();
  books.conflicts.push({ issuerId: "A", token: "a" });
  t.match(await audit(books, 40, described(1, 1)), { ok: false, duplicateTokens: 1 });
});

t.test("an oversold issuer fails it", async (t) => {
  const books = booksWithReservation();
  const { ledger } = books.issuer("A");
  ledger.finish(ledger.begin(), recorded(2, "reserve", 70, { token: "b" }));
  t.match(await audit(books, 110, described(1, 1)), { ok: false, oversoldIssuers: 1 });
});
