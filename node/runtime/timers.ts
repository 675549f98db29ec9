/** The only source of delays. Tasks must not throw anything but broken invariants. */
export interface Timers {
  /** Runs a task when the current turn of the event loop is over. */
  endOfTurn(task: () => void): void;
  /** Runs a task once after a delay, unless it is called off before. */
  after(delayMs: number, task: () => void): StopTimer;
  /** Runs a task again and again until it is called off. */
  every(periodMs: number, task: () => void): StopTimer;
}

/** Calls a timer off; repeating it changes nothing. */
export type StopTimer = () => void;

/** Resolves after a delay. */
export function pause(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}

/** The timers of this process. */
export const systemTimers: Timers = {
  endOfTurn: (task) => {
    setImmediate(task);
  },
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  every: (periodMs, task) => {
    const timer = setInterval(task, periodMs);
    return () => clearInterval(timer);
  },
};
