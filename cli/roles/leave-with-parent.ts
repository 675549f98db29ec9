/**
 * A process that was started with an IPC channel belongs to the one that started it: when that one
 * is gone, however it ended, this one leaves as if it had been asked to.
 */
export function leaveWithParent(): void {
  if (process.channel === undefined) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref(); // waiting for it is no reason to stay
}
