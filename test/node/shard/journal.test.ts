import { readFileSync } from "node:fs";
import t from "tap";
import { Decline, ItemError, Kind, Outcome } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { MutationResultFields } from "../../../common/batch/result-batch.ts";
import { parseToken } from "../../../common/batch/token.ts";
import type { JournalLine } from "../../../workload/journal/journal-line.ts";
import { readJournal } from "../../../workload/journal/journal-reader.ts";
import { auditLog } from "../../support/shard/log-audit.ts";
import { ModelRun } from "../../support/shard/model-run.ts";
import { nameOf } from "../../support/shard/name-of.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

// The example journal, straight through one engine and its peer: what the store must answer was
// computed by a sequential model of somebody else's.

const EXAMPLES = new URL("../../../examples/", import.meta.url);
const LINES_PER_BATCH = 500;

type KeyOutcome = { decision?: string; reason?: string; replayed?: boolean; error?: string };
type Key = {
  outcomes: Record<string, KeyOutcome>;
  issuers: Record<string, { limitMinor: string; exposureMinor: string; open: number; settled: number }>;
};

const KINDS: Readonly<Record<string, Kind>> = {
  register: Kind.REGISTER_ISSUER,
  limit: Kind.SET_LIMIT,
  reserve: Kind.RESERVE,
  release: Kind.RELEASE,
  settle: Kind.SETTLE,
  amend: Kind.AMEND,
};

function mutationOf(line: JournalLine): MutationFields {
  const kind = KINDS[line.action];
  const amount = Number(line.amountMinor);
  return {
    kind,
    token: parseToken(line.token) ?? namedToken(`line ${line.seq}`),
    targetToken: parseToken(line.refToken),
    amountMinor: Number.isSafeInteger(amount) ? amount : 0,
    issuerId: line.issuerId,
    desk: line.desk,
    trader: line.trader,
    currency: kind === Kind.REGISTER_ISSUER ? "EUR" : "",
  };
}

function outcomeOf({ outcome, reason, replayed }: MutationResultFields): KeyOutcome {
  if (outcome === Outcome.ERROR) return { error: nameOf(ItemError, reason) };
  if (outcome === Outcome.APPROVED) return { decision: "APPROVED", replayed };
  return { decision: "DECLINED", reason: nameOf(Decline, reason), replayed };
}

/** Absent means "not replayed". */
function spelledOut(key: KeyOutcome): KeyOutcome {
  return key.error === undefined ? { ...key, replayed: key.replayed ?? false } : key;
}

t.test("every line of the example journal is answered as its key says", async (t) => {
  const lines = await readJournal(new URL("order-journal.csv", EXAMPLES).pathname);
  const key: Key = JSON.parse(readFileSync(new URL("order-journal.expected.json", EXAMPLES), "utf8"));
  t.equal(lines.length, Object.keys(key.outcomes).length);
  const run = new ModelRun(true, new Map());
  const wrong: unknown[] = [];
  for (let from = 0; from < lines.length; from += LINES_PER_BATCH) {
    const some = lines.slice(from, from + LINES_PER_BATCH);
    const ticket = run.submit(some.map(mutationOf));
    run.settle();
    for (const [row, { seq }] of some.entries()) {
      const answer = outcomeOf(run.answer(ticket).read(row));
      const expected = spelledOut(key.outcomes[seq]);
      const isRight = Object.keys({ ...answer, ...expected }).every(
        (name) => answer[name as keyof KeyOutcome] === expected[name as keyof KeyOutcome],
      );
      if (!isRight) wrong.push({ seq, answer, expected });
    }
  }
  t.strictSame(wrong.slice(0, 10), []);
  run.checkState();
  auditLog(run.host.log.frames);

  const { issuers } = run.host.engine.state;
  const finals = Object.keys(key.issuers).map((issuerId) => {
    const { limitMinor, exposureMinor, openCount, settledCount } = issuers.row(issuers.numberOf(issuerId));
    const amounts = { limitMinor: String(limitMinor), exposureMinor: String(exposureMinor) };
    return [issuerId, { ...amounts, open: openCount, settled: settledCount }];
  });
  t.strictSame(Object.fromEntries(finals), key.issuers);
});
