import t from "tap";
import { ReservationPool } from "../../workload/reservation-pool.ts";

t.test("a fraction picks among the open ones; taking one closes it", async (t) => {
  const pool = new ReservationPool();
  t.equal(pool.peek(0.5), undefined);
  t.equal(pool.take(0.5), undefined);
  for (const token of ["a", "b", "c", "d"]) pool.add(token);
  t.equal(pool.peek(0), "a");
  t.equal(pool.peek(0.99), "d");
  t.equal(pool.take(0.3), "b");
  t.equal(pool.openCount, 3);
  t.equal(pool.peekClosed(0), "b");
  const rest = [pool.take(0), pool.take(0), pool.take(0)];
  t.same(new Set(rest), new Set(["a", "c", "d"]));
  t.equal(pool.openCount, 0);
});

t.test("only so many closed ones are remembered", async (t) => {
  const pool = new ReservationPool();
  for (let i = 0; i < 200; i++) {
    pool.add(`token-${i}`);
    pool.take(0);
  }
  t.equal(pool.peekClosed(0), "token-136");
});
