import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { makeIssuers } from "../../workload/issuer-universe.ts";
import { type PlannedOperation, planTraffic } from "../../workload/traffic.ts";

const REGIONS = ["madrid", "new-york"];
const ISSUERS = makeIssuers({ seed: 1, regions: REGIONS, count: 300, meanAmountMinor: 5_000_000 });

function plan(seed: number, count: number): PlannedOperation[] {
  const traffic = {
    region: "madrid",
    utcOffsetHours: 1,
    perSecond: 300,
    issuers: ISSUERS,
    dayMs: 60_000,
    startHourUtc: 14,
    meanAmountMinor: 5_000_000,
  };
  const operations = planTraffic(traffic, seededRandom(seed));
  return Array.from({ length: count }, () => operations.next().value);
}

t.test("the same seed plans the same operations, another one others", async (t) => {
  t.same(plan(5, 2_000), plan(5, 2_000));
  t.not(JSON.stringify(plan(5, 100)), JSON.stringify(plan(6, 100)));
});

t.test("issuers are the same for the same seed, and each region has its share", async (t) => {
  const again = makeIssuers({ seed: 1, regions: REGIONS, count: 300, meanAmountMinor: 5_000_000 });
  t.same(ISSUERS, again);
  t.equal(new Set(ISSUERS.map(({ issuerId }) => issuerId)).size, 300);
  t.equal(ISSUERS.filter(({ homeRegion }) => homeRegion === "madrid").length, 150);
  t.ok(ISSUERS.every(({ limitMinor }) => Number.isSafeInteger(limitMinor) && limitMinor > 0));
});

t.test("over a day the rate is the one asked for, and moves with the sun", async (t) => {
  const day = plan(3, 30_000).filter(({ atMs }) => atMs < 60_000);
  t.ok(Math.abs(day.length - 18_000) < 600, `${day.length} operations in a day of 60 s`);
  const between = (fromMs: number, toMs: number) =>
    day.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  t.ok(between(0, 10_000) > 3 * between(27_500, 37_500), "afternoon is busier than night");
});

t.test("every kind occurs, most issuers are the region's own, and one is hot", async (t) => {
  const operations = plan(4, 20_000);
  const share = (is: (operation: PlannedOperation) => boolean) =>
    operations.filter(is).length / operations.length;
  for (const kind of ["reserve", "release", "settle", "amend", "limit"]) {
    t.ok(share((operation) => operation.kind === kind) > 0.005, kind);
  }
  const foreign = share(({ issuer }) => issuer.homeRegion !== "madrid");
  t.ok(foreign > 0.15 && foreign < 0.25, `${foreign} cross the ocean`);
  t.ok(share(({ issuer }) => issuer.issuerId === ISSUERS[0].issuerId) > 0.15);
  t.ok(share(({ repeats }) => repeats) > 0.01);
  t.ok(operations.every(({ amountMinor }) => Number.isSafeInteger(amountMinor) && amountMinor > 0));
});
