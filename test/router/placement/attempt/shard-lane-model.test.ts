// Random faults against a model of a shard: what the lane tells its callers must agree with what was recorded.
import fc from "fast-check";
import t from "tap";
import { ItemError, Outcome } from "../../../../common/batch/kinds.ts";
import { type Random, seededRandom } from "../../../../common/random.ts";
import type { Send } from "../../../../router/placement/attempt/lane-events.ts";
import { LaneBench } from "../../../support/lane-bench.ts";
import { answerOf, type TestResult, tokenNumbers } from "../../../support/mutation-rows.ts";

const STEPS = 120;
const NODES = ["n1", "n2"];
const CALLER_MS = 400;

/** A shard as its leaders keep it: one token, one LSN, decided by the leader that is established now. */
class ModelShard {
  readonly lsnOfToken = new Map<number, number>();
  /** Refused at least once for another reason than place: such a one does not hold those behind it. */
  readonly overloaded = new Set<number>();
  generation = 1;
  leader = "n1";
  readonly #random: Random;
  /** A published leader refuses until it has taken over; the old one refuses from the publication on. */
  isEstablished = true;

  constructor(random: Random) {
    this.#random = random;
  }

  answer({ nodeId, generation, batch }: Send): TestResult[] {
    const isCurrent = this.isEstablished && nodeId === this.leader && generation === this.generation;
    const tokens = tokenNumbers(batch);
    if (!isCurrent) return tokens.map(() => ({ error: ItemError.STALE_GENERATION }));
    const mood = this.#random.integer(0, 19);
    if (mood === 0) return tokens.map((token) => this.#overload(token));
    const decided = tokens.map((token) => this.#decide(token));
    // Recorded, but its authority was gone when it wanted to say so.
    return mood === 1 ? tokens.map(() => ({ error: ItemError.COMMIT_OUTCOME_UNKNOWN })) : decided;
  }

  #overload(token: number): TestResult {
    this.overloaded.add(token);
    return { error: ItemError.OVERLOADED };
  }

  #decide(token: number): TestResult {
    const known = this.lsnOfToken.get(token);
    if (known !== undefined) return { lsn: known, replayed: true };
    this.lsnOfToken.set(token, this.lsnOfToken.size + 1);
    return { lsn: this.lsnOfToken.size };
  }
}

/** Requests and answers on their way. A lost stream may still deliver requests, never answers. */
class ModelNetwork {
  /** By node and incarnation of its stream, in the order sent. */
  readonly requests = new Map<string, Send[]>();
  readonly answers = new Map<string, { readonly send: Send; readonly rows: TestResult[] }[]>();
  readonly streamOf = new Map(NODES.map((nodeId) => [nodeId, 1]));

  key(nodeId: string): string {
    return `${nodeId}#${this.streamOf.get(nodeId)}`;
  }

  lose(nodeId: string, keptRequests: number): void {
    const key = this.key(nodeId);
    this.requests.get(key)?.splice(keptRequests);
    this.answers.delete(key);
    this.streamOf.set(nodeId, (this.streamOf.get(nodeId) ?? 0) + 1);
  }
}

/** One run: the lane between its callers and the model. */
class Run {
  readonly bench = new LaneBench();
  readonly shard: ModelShard;
  readonly network = new ModelNetwork();
  readonly tokensOfTicket = new Map<number, number[]>();
  readonly #random: Random;
  #sendsTaken = 0;
  #lastToken = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.shard = new ModelShard(this.#random);
  }

  play(): void {
    this.bench.configure(1);
    for (let step = 0; step < STEPS; step++) this.#randomStep();
    this.bench.path = "ready";
    for (let round = 0; round < 200; round++) this.#calmStep();
  }

  #randomStep(): void {
    const choice = this.#random.integer(0, 99);
    if (choice < 25) this.#submit();
    else if (choice < 55) this.#deliverRequest();
    else if (choice < 80) this.#deliverAnswer();
    else if (choice < 84) this.#loseStream();
    else if (choice < 87) this.#changeLeader();
    else if (choice < 89) this.shard.isEstablished = true;
    else if (choice < 92) this.bench.configure(this.shard.generation, this.shard.leader);
    else if (choice < 94)
      this.bench.pathChanged(this.#pick(["ready", "ready", "pending", "down", "full"] as const));
    else this.bench.pass(this.#random.integer(1, 6) * 10);
    this.#takeSends();
  }

  /** Faults have stopped: everything that is open must be resolved. */
  #calmStep(): void {
    this.shard.isEstablished = true;
    this.bench.configure(this.shard.generation, this.shard.leader);
    this.#takeSends();
    this.#deliverRequest();
    this.#deliverAnswer();
    this.bench.pass(10);
    this.#takeSends();
  }

  #submit(): void {
    const tokens = Array.from({ length: this.#random.integer(1, 3) }, () => ++this.#lastToken);
    this.tokensOfTicket.set(this.bench.submit(tokens, CALLER_MS), tokens);
  }

  #takeSends(): void {
    for (; this.#sendsTaken < this.bench.sends.length; this.#sendsTaken++) {
      const send = this.bench.sends[this.#sendsTaken];
      append(this.network.requests, this.network.key(send.nodeId), send);
    }
  }

  #deliverRequest(): void {
    const key = this.#pick([...this.network.requests.keys(), ""]);
    const send = this.network.requests.get(key)?.shift();
    if (send === undefined) return;
    const rows = this.shard.answer(send);
    if (key === this.network.key(send.nodeId)) append(this.network.answers, key, { send, rows });
  }

  #deliverAnswer(): void {
    const key = this.#pick([...this.network.answers.keys(), ""]);
    const answer = this.network.answers.get(key)?.shift();
    if (answer === undefined) return;
    const { send, rows } = answer;
    const results = answerOf(rows);
    this.bench.step({
      type: "answered",
      nowMs: this.bench.nowMs,
      sendId: send.sendId,
      results,
      session: undefined,
    });
  }

  #loseStream(): void {
    const nodeId = this.#pick(NODES);
    this.network.lose(nodeId, this.#random.integer(0, 5));
    this.bench.lose(nodeId);
  }

  #changeLeader(): void {
    this.shard.generation++;
    this.shard.leader = this.#pick(NODES);
    this.shard.isEstablished = false;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random.integer(0, choices.length - 1)];
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** What is wrong with a finished run; undefined when nothing is. */
function fault({ bench, shard, tokensOfTicket }: Run): string | undefined {
  const answered = new Set(bench.replies.map(({ ticket }) => ticket));
  if (answered.size !== bench.replies.length) return "a batch was answered twice";
  if (answered.size !== tokensOfTicket.size) return "a batch was never answered";
  let lastLsn = 0;
  for (const { ticket, results } of bench.replies.toSorted((a, b) => a.ticket - b.ticket)) {
    for (const [row, token] of (tokensOfTicket.get(ticket) ?? []).entries()) {
      const recorded = shard.lsnOfToken.get(token);
      if (results.outcome(row) === Outcome.APPROVED) {
        if (results.lsn(row) !== recorded) return `token ${token} was not recorded as answered`;
        if (shard.overloaded.has(token)) continue;
        if (recorded <= lastLsn) return `token ${token} was decided out of order`;
        lastLsn = recorded;
      } else if (results.reason(row) !== ItemError.COMMIT_OUTCOME_UNKNOWN && recorded !== undefined) {
        return `token ${token} was recorded although its caller heard that it was not`;
      }
    }
  }
  return undefined;
}

t.test("whatever breaks, every batch is answered once, truthfully and in order", async (t) => {
  let approvals = 0;
  let resends = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const run = new Run(seed);
      run.play();
      approvals += run.shard.lsnOfToken.size;
      resends += run.bench.sends.filter(({ sends }) => sends > 1).length;
      const found = fault(run);
      if (found !== undefined) throw new Error(found);
    }),
    { numRuns: 500 },
  );
  t.ok(approvals > 2000, "the runs did something");
  t.ok(resends > 500, "the faults did something");
});
