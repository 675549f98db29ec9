import t from "tap";
import { ERROR_CATALOG, type Reason } from "../../common/errors/catalog.ts";
import { ContractCluster } from "./contract-cluster.ts";
import { checkStatus } from "./errors/check-status.ts";
import { damageCase } from "./errors/damage-case.ts";
import type { ErrorCase } from "./errors/error-case.ts";
import { faultCases } from "./errors/fault-cases.ts";
import { fullDiskCase } from "./errors/full-disk-case.ts";
import { nodeCases } from "./errors/node-cases.ts";
import { plainCases } from "./errors/plain-cases.ts";
import { UNREACHED } from "./errors/unreached.ts";

/** Some cases restart processes, on a machine that runs other tests as well. */
const CASE_MS_MAX = 120_000;
const ALL_MS_MAX = 600_000;

t.test("every error a caller can get is as the catalogue says", { timeout: ALL_MS_MAX }, async (t) => {
  const contract = await ContractCluster.start(t);
  // In this order: what breaks the cluster comes after what needs it whole.
  const cases: ErrorCase[] = [
    ...plainCases(contract),
    ...nodeCases(contract),
    fullDiskCase(t),
    ...faultCases(contract),
    damageCase(contract),
  ];
  for (const errorCase of cases) {
    await t.test(`${errorCase.reason}: ${errorCase.when}`, { timeout: CASE_MS_MAX }, async (t) => {
      checkStatus(t, errorCase, await errorCase.provoke());
    });
  }
  const reached = new Set(cases.map(({ reason }) => reason));
  const left = (Object.keys(ERROR_CATALOG) as Reason[]).filter((reason) => !reached.has(reason));
  t.same(left.sort(), Object.keys(UNREACHED).sort(), "what no case reaches is listed, with the reason");
  t.same(contract.cluster.deaths, [], "no process ended that was not killed");
});
t.setTimeout(ALL_MS_MAX);
