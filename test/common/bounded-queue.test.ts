import * as fc from "fast-check";
import t from "tap";
import { BoundedQueue } from "../../common/bounded-queue.ts";

t.test("a full queue says no and keeps what it has", async (t) => {
  const queue = new BoundedQueue<string>(2);
  t.equal(queue.tryPush("a"), true);
  t.equal(queue.tryPush("b"), true);
  t.equal(queue.isFull, true);
  t.equal(queue.tryPush("c"), false);
  t.equal(queue.peek(), "a");
  t.same([queue.shift(), queue.shift(), queue.shift(), queue.peek()], ["a", "b", undefined, undefined]);
});

t.test("it behaves as an array with a bound", async () => {
  const operations = fc.array(fc.oneof(fc.nat(), fc.constant("shift" as const)), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), operations, (capacity, steps) => {
      const queue = new BoundedQueue<number>(capacity);
      const model: number[] = [];
      for (const step of steps) {
        if (step === "shift") {
          if (queue.shift() !== model.shift()) return false;
        } else if (queue.tryPush(step) !== model.length < capacity) return false;
        else if (model.length < capacity) model.push(step);
        if (queue.size !== model.length || queue.peek() !== model[0]) return false;
      }
      return true;
    }),
  );
});

t.test("a queue without room is a mistake", async (t) => {
  t.throws(() => new BoundedQueue(0));
});
