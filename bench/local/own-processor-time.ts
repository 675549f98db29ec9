/** Processor time of this process over a stretch of time. */
export class OwnProcessorTime {
  #process = process.cpuUsage();
  #mainThread = process.threadCpuUsage();

  /** Starts over. */
  reset(): void {
    this.#process = process.cpuUsage();
    this.#mainThread = process.threadCpuUsage();
  }

  /** Microseconds of all threads since the last reset. */
  get allMicros(): number {
    return sum(process.cpuUsage(this.#process));
  }

  /** Microseconds of the main thread, where engine and load run. */
  get mainThreadMicros(): number {
    return sum(process.threadCpuUsage(this.#mainThread));
  }
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
