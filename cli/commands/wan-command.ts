import type { Command } from "commander";
import { systemClock } from "../../common/clock.ts";
import { leaveWithParent } from "../roles/leave-with-parent.ts";
import { wanLinks } from "../wan/wan-control.ts";
import { WanProcess } from "../wan/wan-process.ts";

/** `harborpoint wan`: the WAN of a local cluster; started by it, told what to do over the IPC channel. */
export function addWanCommand(program: Command): void {
  program
    .command("wan", { hidden: true })
    .requiredOption("--links <json>", "links by name: {listen, target}")
    .requiredOption("--delay-ms <ms>", "one-way delay", Number)
    .action(async ({ links, delayMs }: { links: string; delayMs: number }) => {
      const wan = await WanProcess.open(wanLinks.parse(JSON.parse(links)), delayMs, systemClock);
      process.on("message", (message) => wan.obey(message));
      leaveWithParent();
      const left = Promise.race(["SIGTERM", "SIGINT"].map(signalled));
      process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);
      await left;
      await wan.close();
    });
}

function signalled(signal: string): Promise<void> {
  return new Promise((resolve) => {
    process.once(signal, () => resolve());
  });
}
