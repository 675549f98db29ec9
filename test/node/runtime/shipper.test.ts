import t from "tap";
import { Shipper } from "../../../node/runtime/shipper.ts";
import { ManualTime } from "../../support/manual-time.ts";

t.test("shards that ask are shipped together, once, a few milliseconds later", async (t) => {
  const time = new ManualTime();
  const shipper = new Shipper(time);
  const shipped: string[] = [];
  const first = () => void shipped.push("first");
  const second = () => void shipped.push("second");
  shipper.request(first);
  shipper.request(second);
  shipper.request(first);
  t.same(shipped, []);
  time.advance(10);
  t.same(shipped, ["first", "second"]);
  time.advance(100);
  t.same(shipped, ["first", "second"], "nothing ticks while nothing is asked for");
  t.equal(time.plannedCount, 0);
});

t.test("a shard that asks while it is shipped is shipped again", async (t) => {
  const time = new ManualTime();
  const shipper = new Shipper(time);
  let count = 0;
  const ship = (): void => {
    count++;
    if (count < 3) shipper.request(ship);
  };
  shipper.request(ship);
  time.advance(100);
  t.equal(count, 3);
});
