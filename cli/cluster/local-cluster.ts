import { join } from "node:path";
import { systemRandom } from "../../common/random.ts";
import type { WanOrder } from "../wan/wan-control.ts";
import {
  type ClusterPlan,
  planCluster,
  type PlanOptions,
  portsNeeded,
  type ProcessPlan,
} from "./cluster-plan.ts";
import type { ClusterShape } from "./cluster-shape.ts";
import { freePorts } from "./free-ports.ts";
import { ManagedProcess, type ProcessEnd } from "./managed-process.ts";

/** How a local cluster is started. */
export interface LocalClusterOptions extends PlanOptions {
  readonly shape: ClusterShape;
  /** Told when a process ends that was not asked to. */
  readonly onUnexpectedEnd?: (name: string, end: ProcessEnd, logPath: string) => void;
}

/**
 * A whole cluster on this machine, every role in a process of its own, with the WAN between the
 * sites. Processes can be killed and restarted by name; data and ports stay the same.
 */
export class LocalCluster {
  readonly plan: ClusterPlan;
  readonly #options: LocalClusterOptions;
  readonly #processes = new Map<string, ManagedProcess>();
  /** Processes whose end is wanted. */
  readonly #leaving = new Set<ManagedProcess>();

  private constructor(plan: ClusterPlan, options: LocalClusterOptions) {
    this.plan = plan;
    this.#options = options;
  }

  /** Starts everything; when a process does not come up, the others are stopped and the error thrown. */
  static async start(options: LocalClusterOptions): Promise<LocalCluster> {
    const { shape } = options;
    const ports = await freePorts(portsNeeded(shape), systemRandom);
    const plan = planCluster(shape, ports, options);
    const cluster = new LocalCluster(plan, options);
    try {
      await cluster.#startAll();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** gRPC address of the router of each region. */
  get endpoints(): Readonly<Record<string, string>> {
    return this.plan.endpoints;
  }

  /** Where a process writes its log. */
  logPath(name: string): string {
    return join(this.#options.directory, "logs", `${name}.log`);
  }

  /** Process id, for whoever measures from outside; undefined for a name that never ran. */
  pid(name: string): number | undefined {
    return this.#processes.get(name)?.pid;
  }

  /** Ends a process without asking it; the signal must be one that ends it. */
  async kill(name: string): Promise<void> {
    const running = this.#process(name);
    this.#leaving.add(running);
    await running.kill("SIGKILL");
  }

  /** Sends a signal such as SIGSTOP, SIGCONT or SIGTERM. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.#process(name).kill(signal);
  }

  /** Starts a process that has ended again, with the same data and ports; returns when it is ready. */
  async restart(name: string): Promise<void> {
    if (this.#process(name).isRunning) throw new Error(`${name} still runs`);
    const plan = this.#plans().find((candidate) => candidate.name === name);
    if (plan !== undefined) await this.#start(plan);
  }

  /** Gives the WAN an order, such as cutting a link. */
  async wan(order: WanOrder): Promise<void> {
    await this.#process("wan").send(order);
  }

  /** Stops everything: first who takes requests, then who serves them. */
  async stop(): Promise<void> {
    const { routers, nodes, metadata } = this.plan;
    const stages = [routers, nodes, [metadata], [{ name: "wan" }]];
    for (const stage of stages) {
      await Promise.all(stage.map(({ name }) => this.#stop(name)));
    }
  }

  async #startAll(): Promise<void> {
    await this.#start(this.#wanPlan());
    await Promise.all(this.#plans().map((plan) => this.#start(plan)));
  }

  async #start(plan: ProcessPlan): Promise<void> {
    const started = ManagedProcess.spawn(plan, this.logPath(plan.name));
    this.#processes.set(plan.name, started);
    await started.ready();
    void started.ended.then((end) => {
      if (!this.#leaving.delete(started)) this.#options.onUnexpectedEnd?.(plan.name, end, started.logPath);
    });
  }

  async #stop(name: string): Promise<void> {
    const running = this.#processes.get(name);
    if (running === undefined || !running.isRunning) return;
    this.#leaving.add(running);
    await running.stop();
  }

  #process(name: string): ManagedProcess {
    const known = this.#processes.get(name);
    if (known === undefined) throw new Error(`no process ${name} in this cluster`);
    return known;
  }

  #plans(): readonly ProcessPlan[] {
    return [this.plan.metadata, ...this.plan.nodes, ...this.plan.routers];
  }

  #wanPlan(): ProcessPlan {
    const links = JSON.stringify(this.plan.links);
    const delayMs = String(this.#options.shape.wanDelayMs);
    return { name: "wan", args: ["wan", "--links", links, "--delay-ms", delayMs] };
  }
}
