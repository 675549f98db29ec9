import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { JournalError, readJournal } from "../../../workload/journal/journal-reader.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const HEADER = "seq,ts_ms,region,action,token,issuer_id,amount_minor,ref_token,desk,trader,home_region";
const LINE = "7,1795000000000,madrid,reserve,0198-token,A-1,-500,,MAD-GOV,t001,";

function journalFile(t: Test, text: string): string {
  const path = join(temporaryDirectory(t), "journal.csv");
  writeFileSync(path, text);
  return path;
}

async function problemOf(t: Test, text: string): Promise<string> {
  try {
    await readJournal(journalFile(t, text));
  } catch (error) {
    if (error instanceof JournalError) return error.message;
    throw error;
  }
  return "none";
}

t.test("fields are read as they are written, whatever they hold", async (t) => {
  const lines = await readJournal(journalFile(t, `${HEADER}\n${LINE}\n`));
  t.same(lines, [
    {
      seq: 7,
      tsMs: "1795000000000",
      region: "madrid",
      action: "reserve",
      token: "0198-token",
      issuerId: "A-1",
      amountMinor: "-500",
      refToken: "",
      desk: "MAD-GOV",
      trader: "t001",
      homeRegion: "",
    },
  ]);
});

t.test("a byte order mark, quotes, CRLF, empty lines and another order of columns are fine", async (t) => {
  const columns = HEADER.split(",").toReversed();
  const cells = LINE.split(",")
    .toReversed()
    .map((cell) => `"${cell}"`);
  const [line] = await readJournal(
    journalFile(t, `\uFEFF${columns.join(",")}\r\n\r\n${cells.join(",")}\r\n`),
  );
  t.match(line, { seq: 7, desk: "MAD-GOV", amountMinor: "-500" });
});

t.test("a wrong form is an error that says what is wrong", async (t) => {
  t.match(await problemOf(t, HEADER.replace(",trader", "")), /lacks trader/);
  t.match(await problemOf(t, `${HEADER},colour\n`), /unknown columns: colour/);
  t.match(await problemOf(t, `${HEADER},seq\n`), /repeats/);
  t.match(await problemOf(t, "nothing,of,the,kind\n"), /lacks seq/);
  t.match(await problemOf(t, ""), /empty/);
  t.match(await problemOf(t, `${HEADER}\n`), /empty/);
  t.match(await problemOf(t, `${HEADER}\n${LINE}\n8,1,madrid\n`), /line 3/);
  t.match(await problemOf(t, `${HEADER}\n${LINE},more\n`), /line 2/);
  t.match(await problemOf(t, `${HEADER}\n${LINE}\n${LINE}\n`), /line 3: seq 7 was used before/);
  t.match(await problemOf(t, `${HEADER}\nx${LINE}\n`), /seq "x7" is not a number/);
  t.match(await problemOf(t, `${HEADER}\n"${LINE}\n`), /quote/i);
});

t.test("a file that is not there is an error like the others", async (t) => {
  await t.rejects(readJournal(join(temporaryDirectory(t), "nowhere.csv")), JournalError);
});
