import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const HOP = fileURLToPath(new URL("./echo-hop.ts", import.meta.url));
const readyLine = z.looseObject({ event: z.literal("ready"), grpc: z.string() });

/** A gRPC echo over one or more hops: what the transport can do when nobody has anything to decide. */
export class EchoChain {
  /** Address of the first hop. */
  readonly address: string;
  readonly #hops: readonly ChildProcess[];

  private constructor(address: string, hops: readonly ChildProcess[]) {
    this.address = address;
    this.#hops = hops;
  }

  /** Starts so many processes, each of which relays to the one started before it. */
  static async start(hopCount: number): Promise<EchoChain> {
    const hops: ChildProcess[] = [];
    let address = "";
    for (let hop = 0; hop < hopCount; hop++) {
      const child = spawn(process.execPath, [HOP, ...(address === "" ? [] : [address])], {
        stdio: ["ignore", "pipe", "inherit", "ipc"],
      });
      hops.push(child);
      address = await addressOf(child);
    }
    return new EchoChain(address, hops);
  }

  /** Ends the processes, the first hop first. */
  async stop(): Promise<void> {
    for (const hop of this.#hops.toReversed()) {
      hop.kill("SIGTERM");
      if (hop.exitCode === null && hop.signalCode === null) await once(hop, "exit");
    }
  }
}

/** Address that a hop prints when it is ready. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("a hop's output is piped");
  for await (const line of createInterface({ input: child.stdout }))
    return readyLine.parse(JSON.parse(line)).grpc;
  throw new Error("an echo process ended before it was ready");
}
