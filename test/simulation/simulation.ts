import { bytesEqual } from "../../node/shard/checksums.ts";
import { stateHash } from "../../node/runtime/state-hash.ts";
import { SimDisk } from "../support/sim-disk.ts";
import { Checkers } from "./checkers.ts";
import { checkAcknowledgedSurvives } from "./checkers/acknowledged-survives.ts";
import { SimNetwork } from "./network.ts";
import { SimClient } from "./sim-client.ts";
import { SimMetadata } from "./sim-metadata.ts";
import { SimNode } from "./sim-node.ts";
import { Violation } from "./violation.ts";
import { World } from "./world.ts";

const NODES = [
  { nodeId: "a", region: "madrid", zone: "mad-a" },
  { nodeId: "b", region: "madrid", zone: "mad-b" },
  { nodeId: "c", region: "new-york", zone: "nyc-a" },
] as const;
const ISSUERS = ["MUNI-77", "CORP-12", "ES-CCAA-01"];
const SAFETY_MS = 30_000;
/** After faults stop, writes must work again within this time. */
const HEAL_MS_MAX = 10_000;
const AUTHORITY_CHECK_MS = 10;
const SETTLE_MS = 6_000;

export type SeedResult = {
  readonly seed: number;
  readonly operations: number;
  readonly events: number;
  readonly traceHash: string;
  readonly coverage: ReadonlyMap<string, number>;
  readonly failure:
    | { readonly invariant: string; readonly message: string; readonly trace: readonly string[] }
    | undefined;
};

/** Runs one seed: a safety phase under faults, then calm, in which everything must heal. */
export function runSeed(seed: number): SeedResult {
  const simulation = new Simulation(seed);
  let failure: SeedResult["failure"];
  try {
    simulation.run();
  } catch (error) {
    const invariant = error instanceof Violation ? error.invariant : "no-broken-assertion";
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failure = { invariant, message, trace: [...simulation.world.recentTrace] };
  }
  const { world, client } = simulation;
  const { operations } = client;
  return {
    seed,
    operations,
    events: world.events,
    traceHash: world.traceHash(),
    coverage: world.coverage,
    failure,
  };
}

/** What this seed enables; some seeds are all calm. */
type Weather = {
  readonly crashEveryMs: number;
  readonly pauseEveryMs: number;
  readonly cutEveryMs: number;
  readonly pausePerCommand: number;
  readonly syncMsMax: number;
};

class Simulation {
  readonly world: World;
  readonly client: SimClient;
  readonly #network: SimNetwork;
  readonly #metadata: SimMetadata;
  readonly #checkers = new Checkers();
  readonly #nodes: readonly SimNode[];
  readonly #weather: Weather;
  #isCalm = false;

  constructor(seed: number) {
    this.world = new World(seed);
    this.#weather = this.#drawWeather();
    this.#network = new SimNetwork(this.world, (from, to) => delayBetween(from, to));
    this.#metadata = new SimMetadata(this.world, ["madrid", "new-york"]);
    this.#nodes = NODES.map(
      (identity) =>
        new SimNode(this.world, this.#network, this.#metadata, new SimDisk(), this.#checkers, identity, {
          ...this.#weather,
          isCalm: () => this.#isCalm,
        }),
    );
    this.client = new SimClient(
      this.world,
      (request, onReply) => this.#submit(request, onReply),
      this.#checkers.tokens,
      (lsn) => this.#checkers.gate.onAcknowledged(lsn, this.world.nowMs),
      ISSUERS,
      "madrid",
    );
  }

  run(): void {
    for (const node of this.#nodes) node.start();
    this.#watchAuthority();
    this.world.runUntil(500);
    this.client.run(
      this.world.random.integer(15, 80),
      this.world.random.integer(1, 12),
      this.world.pick([20_000, 500_000, 50_000_000]),
    );
    this.#faults();
    this.world.runUntil(SAFETY_MS);
    this.#heal();
    this.#expectWrites();
    this.client.stop();
    this.world.runUntil(this.world.nowMs + SETTLE_MS);
    this.#expectConverged();
  }

  /** Looks often, and whoever is paused counts with what it would do if it woke up now. */
  #watchAuthority(): void {
    this.world.after(AUTHORITY_CHECK_MS, () => {
      const { nowMs } = this.world;
      this.#checkers.authority.check(this.#nodes.flatMap((node) => node.authority(nowMs)));
      this.#watchAuthority();
    });
  }

  #drawWeather(): Weather {
    const { random } = this.world;
    const isCalm = random.fraction() < 0.1;
    const every = (chance: number, minMs: number, maxMs: number): number =>
      !isCalm && random.fraction() < chance ? random.integer(minMs, maxMs) : Number.POSITIVE_INFINITY;
    return {
      crashEveryMs: every(0.8, 800, 8000),
      pauseEveryMs: every(0.5, 500, 5000),
      cutEveryMs: every(0.6, 500, 6000),
      pausePerCommand: !isCalm && random.fraction() < 0.3 ? 0.002 : 0,
      syncMsMax: random.integer(1, 12),
    };
  }

  #submit(...[request, onReply]: Parameters<SimNode["submit"]>): void {
    const leader = this.#metadata.configuration?.leader;
    const isMisled = this.world.chance(0.02);
    const target = isMisled
      ? this.world.pick(this.#nodes)
      : this.#nodes.find((node) => node.identity.nodeId === leader);
    this.world.after(this.world.delay(0.2, 2), () => target?.submit(request, onReply));
  }

  #faults(): void {
    this.#every(this.#weather.crashEveryMs, () => this.#crashOne());
    this.#every(this.#weather.pauseEveryMs, () =>
      this.world.pick(this.#nodes).pause(this.world.random.integer(1, 4000)),
    );
    this.#every(this.#weather.cutEveryMs, () => this.#cutOne());
    if (this.world.chance(0.2))
      this.#every(9000, () => this.#metadata.restart(this.world.random.integer(100, 2000)));
  }

  #crashOne(): void {
    const node = this.world.pick(this.#nodes);
    if (!node.isUp) return;
    node.crash();
    this.world.after(this.world.delay(10, 2000), () => this.#startIfDown(node));
  }

  #startIfDown(node: SimNode): void {
    if (!node.isUp) node.start();
  }

  #cutOne(): void {
    const from = this.world.pick(NODES).nodeId;
    const to = this.world.pick(NODES).nodeId;
    if (from === to) return;
    this.world.trace(`cut ${from}>${to}`);
    if (this.world.chance(0.3)) {
      this.world.cover("connection reset");
      return this.#network.reset(from, to);
    }
    this.world.cover("one-way cut");
    this.#network.cut(from, to);
    if (this.world.chance(0.5)) this.#network.cut(to, from);
    this.world.after(this.world.delay(50, 3000), () => {
      this.#network.heal();
      this.#network.reset(from, to);
    });
  }

  #every(intervalMs: number, act: () => void): void {
    if (intervalMs === Number.POSITIVE_INFINITY) return;
    this.world.after(this.world.random.fraction() * 2 * intervalMs, () => {
      if (this.#isCalm) return;
      act();
      this.#every(intervalMs, act);
    });
  }

  #heal(): void {
    this.world.trace("faults stop");
    this.#isCalm = true;
    this.#network.heal();
    for (const node of this.#nodes) this.#startIfDown(node);
  }

  /** Liveness (I20): with everybody back, a write is decided within the bound. */
  #expectWrites(): void {
    let isDecided = false;
    this.client.probe(() => {
      isDecided = true;
    });
    const deadlineMs = this.world.nowMs + HEAL_MS_MAX;
    while (!isDecided && this.world.nowMs < deadlineMs) this.world.runUntil(this.world.nowMs + 50);
    if (isDecided) return;
    const nodes = this.#nodes.map((node) => `${node.identity.nodeId} ${node.describe()}`);
    throw new Violation(
      "writes-resume",
      `no decision ${HEAL_MS_MAX} ms after the faults stopped\n${nodes.join("\n")}`,
    );
  }

  /** At rest: all replicas hold the same state at the same LSN, and with it every acknowledged decision. */
  #expectConverged(): void {
    const deadlineMs = this.world.nowMs + HEAL_MS_MAX;
    // The leader may be expiring reservations still: wait for a moment at which all stand at one LSN.
    while (!this.#isAtOneLsn() && this.world.nowMs < deadlineMs) this.world.runUntil(this.world.nowMs + 20);
    const [first, ...others] = this.#nodes.map(({ identity, engine }) => {
      if (engine === undefined) throw new Violation("replicas-equal", `${identity.nodeId} is down`);
      return { nodeId: identity.nodeId, lsn: engine.state.appliedLsn, hash: stateHash(engine.state) };
    });
    for (const other of others) {
      if (other.lsn === first.lsn && bytesEqual(other.hash, first.hash)) continue;
      throw new Violation(
        "replicas-equal",
        `${first.nodeId} at ${first.lsn} and ${other.nodeId} at ${other.lsn} differ`,
      );
    }
    const log = this.#nodes[0].log;
    if (log !== undefined) checkAcknowledgedSurvives(this.#checkers.tokens.answers, log, first.lsn);
  }

  #isAtOneLsn(): boolean {
    return new Set(this.#nodes.map(({ engine }) => engine?.state.appliedLsn)).size === 1;
  }
}

function delayBetween(from: string, to: string): { minMs: number; maxMs: number } {
  const isWan = (from === "c") !== (to === "c");
  return isWan ? { minMs: 35, maxMs: 55 } : { minMs: 0.2, maxMs: 2 };
}
