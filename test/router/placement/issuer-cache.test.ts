import fc from "fast-check";
import t from "tap";
import { IssuerCache, NOT_FOUND_MS_MAX } from "../../../router/placement/issuer-cache.ts";

t.test("placements are remembered until they are forgotten", async (t) => {
  const cache = new IssuerCache(10);
  t.equal(cache.get("a", 0), undefined);
  cache.put("a", 7);
  t.equal(cache.get("a", 1e9), 7);
  cache.put("a", 8);
  t.equal(cache.get("a", 1e9), 8);
  cache.forget("a");
  t.equal(cache.get("a", 1e9), undefined);
});

t.test("what was used most recently outlives half the bound", async (t) => {
  const cache = new IssuerCache(100);
  cache.put("busy", 1);
  for (let i = 0; i < 1000; i++) {
    cache.put(`idle-${i}`, 2);
    if (cache.get("busy", 0) !== 1) t.fail(`displaced after ${i} others`);
  }
  t.equal(cache.get("idle-0", 0), undefined);
});

t.test("it never claims what it was not told, and holds no more than its bound", async () => {
  const operations = fc.array(
    fc.tuple(fc.constantFrom("put", "get", "forget"), fc.integer({ min: 0, max: 40 })),
  );
  fc.assert(
    fc.property(operations, fc.integer({ min: 2, max: 20 }), (steps, entriesMax) => {
      const cache = new IssuerCache(entriesMax);
      const told = new Map<string, number>();
      for (const [step, number] of steps) {
        const issuerId = `issuer-${number}`;
        if (step === "put") {
          cache.put(issuerId, number);
          told.set(issuerId, number);
        } else if (step === "forget") {
          cache.forget(issuerId);
          told.delete(issuerId);
        } else if (![undefined, told.get(issuerId)].includes(cache.get(issuerId, 0) as number)) return false;
      }
      const held = [...told.keys()].filter((issuerId) => cache.get(issuerId, 0) !== undefined);
      return held.length <= entriesMax;
    }),
  );
});

t.test("an unknown issuer is asked for again soon, at once when it was registered here", async (t) => {
  const cache = new IssuerCache(10);
  cache.putNotFound("a", 1000);
  t.equal(cache.get("a", 1000 + NOT_FOUND_MS_MAX - 1), "not_found");
  t.equal(cache.get("a", 1000 + NOT_FOUND_MS_MAX), undefined);
  cache.putNotFound("b", 1000);
  cache.put("b", 3);
  t.equal(cache.get("b", 1001), 3);
  cache.putNotFound("c", 1000);
  cache.forget("c");
  t.equal(cache.get("c", 1001), undefined);
});

t.test("a flood of unknown issuers does not grow without bound", async (t) => {
  const cache = new IssuerCache(10);
  for (let i = 0; i < 4097; i++) cache.putNotFound(`stranger-${i}`, 0);
  t.equal(cache.get("stranger-4096", 0), "not_found");
  t.equal(cache.get("stranger-0", 0), undefined);
});
