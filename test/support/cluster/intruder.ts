import { join } from "node:path";
import type { ProcessPlan } from "../../../cli/cluster/cluster-plan.ts";
import { freePorts } from "../../../cli/cluster/free-ports.ts";
import { ManagedProcess } from "../../../cli/cluster/managed-process.ts";
import { systemRandom } from "../../../common/random.ts";
import type { TestCluster } from "./test-cluster.ts";

/** Flags that take the place of those of a process's plan, or join them. */
export type FlagChanges = Readonly<Record<string, string>>;

/** A process that the cluster did not ask for: another one's plan, on ports of its own. */
export class Intruder {
  /** Its gRPC address. */
  readonly address: string;
  readonly #process: ManagedProcess;

  private constructor(address: string, process: ManagedProcess) {
    this.address = address;
    this.#process = process;
  }

  /** Starts one that is expected to serve. */
  static async start(cluster: TestCluster, name: string, changes: FlagChanges): Promise<Intruder> {
    const intruder = await Intruder.#spawn(cluster, name, changes);
    await intruder.#process.ready();
    return intruder;
  }

  /** Starts one that is expected to leave by itself; rejects unless it does and says why. */
  static async refused(
    cluster: TestCluster,
    name: string,
    changes: FlagChanges,
    reason: RegExp,
  ): Promise<void> {
    const intruder = await Intruder.#spawn(cluster, name, changes);
    const problem = await intruder.#process.ready().then(
      () => "it serves",
      (error: Error) => error.message,
    );
    await intruder.kill();
    if (!reason.test(problem)) throw new Error(`${name} was not refused for ${reason}: ${problem}`);
  }

  /** Asks it to leave and waits until it has. */
  leave(): Promise<void> {
    return this.#process.stop();
  }

  /** Ends it. */
  async kill(): Promise<void> {
    if (this.#process.isRunning) await this.#process.kill("SIGKILL");
  }

  static async #spawn(cluster: TestCluster, name: string, changes: FlagChanges): Promise<Intruder> {
    const [grpcPort, opsPort] = await freePorts(2, systemRandom);
    const address = `127.0.0.1:${grpcPort}`;
    const listen = { "--listen": address, "--ops-listen": `127.0.0.1:${opsPort}` };
    const plan = changedPlan(cluster.planOf(name), { ...listen, ...changes });
    const logPath = join(cluster.directory, "logs", `intruder-${grpcPort}.log`);
    return new Intruder(address, ManagedProcess.spawn(plan, logPath));
  }
}

function changedPlan({ name, args }: ProcessPlan, changes: FlagChanges): ProcessPlan {
  const changed = args.map((arg, index) => changes[args[index - 1] ?? ""] ?? arg);
  const added = Object.entries(changes).filter(([flag]) => !args.includes(flag));
  return { name: `second ${name}`, args: [...changed, ...added.flat()] };
}
