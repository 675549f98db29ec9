import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { Decision } from "../../../client/index.ts";
import { invalidRequest, StoreError } from "../../../common/errors/store-error.ts";
import { approvedAt, declinedAt } from "../../support/decisions.ts";
import type { JournalLine } from "../../../workload/journal/journal-line.ts";
import { JournalReplay } from "../../../workload/journal/journal-replay.ts";
import type { JournalClient } from "../../../workload/journal/line-request.ts";
import { replayReport } from "../../../workload/journal/replay-report.ts";

function line(seq: number, issuerId: string, particulars: Partial<JournalLine> = {}): JournalLine {
  const empty = { refToken: "", desk: "", trader: "", homeRegion: "" };
  const base = {
    ...empty,
    tsMs: "1",
    region: "madrid",
    action: "reserve",
    token: `t${seq}`,
    amountMinor: "5",
  };
  return { seq, issuerId, ...base, ...particulars };
}

type Answer = (call: Call) => Decision | Promise<Decision>;

interface Call {
  readonly kind: string;
  readonly region: string;
  readonly token?: string;
  readonly issuerId: string;
  readonly amountMinor?: number;
  readonly limitMinor?: number;
  readonly targetToken?: string;
}

/** Clients of all regions that remember their calls and answer by one function. */
function clients(answer: Answer) {
  const calls: Call[] = [];
  const clientOf = (region: string): JournalClient => {
    const call = (kind: string) => async (input: Omit<Call, "kind" | "region">) => {
      const made = { ...input, kind, region };
      calls.push(made);
      return answer(made);
    };
    return {
      registerIssuer: call("register"),
      setIssuerLimit: call("limit"),
      reserve: call("reserve"),
      release: call("release"),
      settle: call("settle"),
      amend: call("amend"),
    };
  };
  return { clientOf, calls };
}

async function replay(lines: JournalLine[], answer: Answer) {
  const { clientOf, calls } = clients(answer);
  const options = { clientOf, startMs: 1_000, issuersAtOnce: 3, lineTimeoutMs: 1_000 };
  const outcomes = await new JournalReplay(options).run(lines);
  return { outcomes: Object.fromEntries(outcomes), calls, report: replayReport(outcomes, new Map()) };
}

t.test("lines of an issuer go one after the other in the order of seq, issuers side by side", async (t) => {
  const underWay = new Map<string, number>();
  let most = 0;
  const order: string[] = [];
  let lsn = 0;
  const lines = [
    line(4, "A"),
    line(1, "A"),
    line(2, "B"),
    line(3, "B", { region: "new-york" }),
    line(5, "C"),
  ];
  await replay(lines, async ({ issuerId, token, region }) => {
    t.equal(underWay.get(issuerId) ?? 0, 0, "only one line of an issuer is under way");
    underWay.set(issuerId, 1);
    most = Math.max(
      most,
      [...underWay.values()].reduce((a, b) => a + b, 0),
    );
    order.push(`${issuerId}${token}${region === "madrid" ? "" : "*"}`);
    await sleep(10);
    underWay.set(issuerId, 0);
    return approvedAt(++lsn);
  });
  t.equal(most, 3);
  t.same(
    order.filter((call) => call.startsWith("A")),
    ["At1", "At4"],
  );
  t.same(
    order.filter((call) => call.startsWith("B")),
    ["Bt2", "Bt3*"],
  );
});

t.test("fields reach the store as they are", async (t) => {
  const lines = [
    line(1, "A", { action: "register", token: "", amountMinor: "900", homeRegion: "new-york" }),
    line(2, "A", { amountMinor: "-500", desk: "d", trader: "t" }),
    line(3, "A", { action: "amend", refToken: "t2", amountMinor: "0" }),
    line(4, "A", { action: "release", refToken: "t2", amountMinor: "" }),
    line(5, "A", { action: "limit", token: "", amountMinor: "12x" }),
    line(6, "A", { amountMinor: "99999999999999999999" }),
  ];
  let lsn = 0;
  const { calls } = await replay(lines, () => approvedAt(++lsn));
  t.match(calls, [
    { kind: "register", issuerId: "A", limitMinor: 900, homeRegion: "new-york" },
    { kind: "reserve", amountMinor: -500, desk: "d", trader: "t", token: "t2" },
    { kind: "amend", amountMinor: 0, targetToken: "t2" },
    { kind: "release", targetToken: "t2" },
    { kind: "limit", limitMinor: Number.NaN },
    { kind: "reserve", amountMinor: 1e20 },
  ]);
  t.match(calls[0].token ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-7/, "register has a token of its own making");
});

t.test("a line is replayed iff its position was given to an earlier line", async (t) => {
  const positions = [1, 1, 2, 2];
  const decide = (lsn: number) => (lsn === 1 ? approvedAt(1) : declinedAt(2, "NOT_OPEN"));
  const lines = [line(1, "A"), line(2, "A"), line(3, "A"), line(4, "A")];
  const { outcomes, report } = await replay(lines, () => decide(positions.shift() ?? 0));
  t.same(outcomes, {
    1: { decision: "APPROVED", replayed: false },
    2: { decision: "APPROVED", replayed: true },
    3: { decision: "DECLINED", reason: "NOT_OPEN", replayed: false },
    4: { decision: "DECLINED", reason: "NOT_OPEN", replayed: true },
  });
  t.same(report.counts, {
    APPROVED: 1,
    "APPROVED:replayed": 1,
    "DECLINED:NOT_OPEN": 1,
    "DECLINED:NOT_OPEN:replayed": 1,
  });
});

t.test("register and limit lines never say whether they were replayed", async (t) => {
  const lines = [line(1, "A", { action: "register" }), line(2, "A", { action: "limit" })];
  const { outcomes } = await replay(lines, () => approvedAt(1));
  t.same(outcomes, { 1: { decision: "APPROVED" }, 2: { decision: "APPROVED" } });
});

t.test("errors are outcomes; a line nobody understands is INVALID_REQUEST", async (t) => {
  const lines = [line(1, "A"), line(2, "A", { action: "dance" }), line(3, "B")];
  const { outcomes, report } = await replay(lines, ({ issuerId }) => {
    if (issuerId === "B") throw new StoreError("ISSUER_NOT_FOUND");
    throw invalidRequest("amount_minor", "no");
  });
  t.same(outcomes, {
    1: { error: "INVALID_REQUEST" },
    2: { error: "INVALID_REQUEST" },
    3: { error: "ISSUER_NOT_FOUND" },
  });
  t.same(report.counts, { INVALID_REQUEST: 2, ISSUER_NOT_FOUND: 1 });
});

t.test("a defect of our own is not taken for an outcome", async (t) => {
  await t.rejects(
    replay([line(1, "A")], () => {
      throw new TypeError("a defect");
    }),
    { message: "a defect" },
  );
});
