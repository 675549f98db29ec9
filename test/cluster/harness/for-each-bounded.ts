/** Calls under way at the same time: enough to hide round trips, few enough not to crowd the store. */
const AT_ONCE = 16;

/** Does something with every item, some at a time; rejects with the first error. */
export async function forEachBounded<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const next = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let step = next.next(); !step.done; step = next.next()) await work(step.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
