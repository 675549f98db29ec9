import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { ERROR_CATALOG } from "../../common/errors/catalog.ts";
import { ROOT } from "../../tools/command.ts";
import { ERROR_REFERENCE_PATH, errorReference } from "../../tools/error-reference.ts";

t.test("the reference page of errors is what the catalogue makes it (npm run generate)", async (t) => {
  const page = readFileSync(join(ROOT, ERROR_REFERENCE_PATH), "utf8");
  t.equal(page, errorReference());
});

t.test("the page has a row for every reason, with its status", async (t) => {
  const lines = errorReference().split("\n");
  for (const [reason, { status, retry }] of Object.entries(ERROR_CATALOG)) {
    const rows = lines.filter((line) => line.startsWith(`| \`${reason}\` |`));
    t.equal(rows.length, 1, reason);
    t.match(rows[0], status);
    t.match(rows[0], retry);
  }
});
