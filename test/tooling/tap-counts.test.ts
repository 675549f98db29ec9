import t from "tap";
import { countTap, type TapCounts } from "../../tools/tap-counts.ts";

function count(lines: string): { counts: TapCounts; files: string[] } {
  const files: string[] = [];
  const { parser, counts } = countTap(({ name }) => files.push(name));
  parser.end(`TAP version 14\n${lines}`);
  return { counts, files };
}

const PASSED = `
# Subtest: a.test.ts
    # Subtest: outer
        # Subtest: first
            ok 1 - x
            ok 2 - y
            1..2
        ok 1 - first
        # Subtest: second
            ok 1 - z
            1..1
        ok 2 - second
        1..2
    ok 1 - outer
    1..1
ok 1 - a.test.ts # time=12.5ms
# Subtest: b.test.ts
    ok 1 - an assertion outside of any test
    1..1
ok 2 - b.test.ts
1..2
`;

t.test("counts innermost tests, not assertions", async (t) => {
  const { counts, files } = count(PASSED);
  t.match(counts, { passed: 3, failed: 0, skipped: [], failures: [] });
  t.strictSame(files, ["a.test.ts", "b.test.ts"]);
});

t.test("a failed test is counted once and said with its diagnostics", async (t) => {
  const { counts } = count(`
# Subtest: a.test.ts
    # Subtest: good
        ok 1 - x
        1..1
    ok 1 - good
    # Subtest: bad
        not ok 1 - sum
          ---
          diff: |
            -1
            +2
          ...
        not ok 2 - product
        1..2
    not ok 2 - bad
    1..2
not ok 1 - a.test.ts
1..1
`);
  t.match(counts, { passed: 1, failed: 1 });
  t.equal(counts.failures.length, 2);
  t.match(counts.failures[0], /^a\.test\.ts > bad > sum\n\s+diff:\n\s+-1\n\s+\+2$/);
});

t.test("a file that crashes after its tests passed is a failure", async (t) => {
  const { counts } = count(`
# Subtest: a.test.ts
    # Subtest: good
        ok 1 - x
        1..1
    ok 1 - good
    1..1
not ok 1 - a.test.ts
  ---
  exitCode: 7
  ...
1..1
`);
  t.match(counts, { passed: 1, failed: 1 });
  t.match(counts.failures[0], "exitCode: 7");
});

t.test("a file that crashes before its first test is a failure", async (t) => {
  const { counts } = count("# Subtest: a.test.ts\n    1..0 # no tests found\nnot ok 1 - a.test.ts\n1..1\n");
  t.match(counts, { passed: 0, failed: 1 });
});

t.test("a stream that breaks off is a failure", async (t) => {
  const { counts } = count(PASSED.slice(0, PASSED.indexOf("ok 2 - second")));
  t.ok(counts.failed > 0);
});

t.test("a wrong plan is a failure", async (t) => {
  const { counts } = count("# Subtest: a.test.ts\n    ok 1 - x\n    1..2\nnot ok 1 - a.test.ts\n1..1\n");
  t.match(counts, { passed: 0, failed: 1 });
});

t.test("skipped and to-do tests are neither passed nor failed, and are named", async (t) => {
  const { counts } = count(`
# Subtest: a.test.ts
    ok 1 - needs root # SKIP no root
    not ok 2 - later # TODO
    1..2
ok 1 - a.test.ts
1..1
`);
  t.match(counts, { passed: 0, failed: 0 });
  t.strictSame(counts.skipped, ["a.test.ts > needs root (no root)", "a.test.ts > later (true)"]);
});
