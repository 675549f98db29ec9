import t from "tap";
import { endOfGeneration, generationOfLsn } from "../../../node/shard/configuration.ts";

const LINEAGE = [
  { generation: 1, startLsn: 1 },
  { generation: 3, startLsn: 10 },
  { generation: 4, startLsn: 25 },
];

t.test("a generation ends before the next one starts", async (t) => {
  t.strictSame(
    [1, 2, 3].map((generation) => endOfGeneration(LINEAGE, generation)),
    [9, 9, 24],
  );
  t.equal(endOfGeneration(LINEAGE, 4), Number.POSITIVE_INFINITY);
  t.equal(endOfGeneration([], 1), Number.POSITIVE_INFINITY);
});

t.test("a later generation may start below an earlier one: the lowest start counts", async (t) => {
  const afterLoss = [...LINEAGE, { generation: 5, startLsn: 20 }];
  t.strictSame(
    [1, 3, 4].map((generation) => endOfGeneration(afterLoss, generation)),
    [9, 19, 19],
  );
});

t.test("every LSN belongs to the generation that started last at or before it", async (t) => {
  t.strictSame(
    [0, 1, 9, 10, 24, 25, 99].map((lsn) => generationOfLsn(LINEAGE, lsn)),
    [0, 1, 1, 3, 3, 4, 4],
  );
});
