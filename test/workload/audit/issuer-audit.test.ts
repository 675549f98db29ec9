import t from "tap";
import {
  auditIssuer,
  type ExpectedIssuer,
  type ObservedIssuer,
} from "../../../workload/audit/issuer-audit.ts";

const sums = { limitMinor: 100, exposureMinor: 60, openCount: 2, settledCount: 0 };
const expected: ExpectedIssuer = {
  issuerId: "A",
  isComplete: true,
  sums,
  open: new Map([
    ["a", 40],
    ["b", 20],
  ]),
  breaches: [],
};
const observed: ObservedIssuer = {
  sums,
  open: [
    { token: "a", amountMinor: 40 },
    { token: "b", amountMinor: 20 },
  ],
};

t.test("a store that agrees with the books passes", async (t) => {
  t.same(auditIssuer(expected, observed), { isOversold: false, duplicateTokens: [], findings: [] });
});

t.test("a forged sum is found, whichever it is", async (t) => {
  for (const name of ["limitMinor", "exposureMinor", "openCount", "settledCount"] as const) {
    const forged = { ...observed, sums: { ...sums, [name]: sums[name] + 1 } };
    const { findings } = auditIssuer(expected, forged);
    t.equal(findings.length, 1, name);
    t.match(findings[0], new RegExp(`A: ${name}`));
  }
});

t.test("a lost, an invented and a changed reservation are found", async (t) => {
  const [a, b] = observed.open;
  const open = [
    { ...a, amountMinor: 41 },
    { token: "c", amountMinor: b.amountMinor },
  ];
  const { findings } = auditIssuer(expected, { sums, open });
  t.equal(findings.length, 3);
  t.match(findings.join(), /a amounts to 41/);
  t.match(findings.join(), /acknowledged reservation b is missing/);
  t.match(findings.join(), /reservation c is in no book/);
});

t.test("a token listed twice is a duplicate", async (t) => {
  const { duplicateTokens, findings } = auditIssuer(expected, {
    sums,
    open: [...observed.open, observed.open[0]],
  });
  t.same(duplicateTokens, ["a"]);
  t.equal(findings.length, 1);
});

t.test("an approval past the limit makes the issuer oversold", async (t) => {
  const breaches = [{ rule: "oversold", message: "reserve x" }] as const;
  t.match(auditIssuer({ ...expected, breaches }, observed), {
    isOversold: true,
    findings: ["A: oversold: reserve x"],
  });
});

t.test("with an outcome unknown the audit does not pretend to have checked", async (t) => {
  const { findings } = auditIssuer({ ...expected, isComplete: false }, observed);
  t.match(findings, [/unknown/]);
});
