import type { Decision, ShardPosition } from "../../client/index.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { JournalLine } from "./journal-line.ts";
import { callOfLine, hasOwnToken, type JournalClient } from "./line-request.ts";
import { lineToken } from "./line-token.ts";
import type { LineOutcome } from "./replay-report.ts";

/** How a journal is replayed. */
export interface ReplayOptions {
  /** The client of a line's region. */
  readonly clientOf: (region: string) => JournalClient;
  /** Time that derived tokens carry, Unix milliseconds. */
  readonly startMs: number;
  /** Issuers in progress at the same time. */
  readonly issuersAtOnce: number;
  /** How long one line is tried, milliseconds. */
  readonly lineTimeoutMs: number;
  /** Told after each line. */
  readonly onLine?: (done: number) => void;
}

/**
 * Applies a journal through the public API. Lines of one issuer go one after the other in the order
 * of `seq`, whatever their regions: a line is sent when the one before has its outcome. Issuers go
 * side by side, those with the most lines first.
 */
export class JournalReplay {
  readonly #options: ReplayOptions;
  readonly #outcomes = new Map<number, LineOutcome>();

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Applies all lines. @returns their outcomes by seq, in the order of seq */
  async run(lines: readonly JournalLine[]): Promise<ReadonlyMap<number, LineOutcome>> {
    const issuers = [...byIssuer(lines).values()].sort((a, b) => b.length - a.length);
    const next = issuers.values();
    const worker = async (): Promise<void> => {
      // All workers draw from the one iterator.
      for (const issuerLines of next) await this.#applyIssuer(issuerLines);
    };
    await Promise.all(Array.from({ length: this.#options.issuersAtOnce }, worker));
    return new Map([...this.#outcomes].sort(([a], [b]) => a - b));
  }

  async #applyIssuer(lines: readonly JournalLine[]): Promise<void> {
    const positions = new Set<string>();
    for (const line of lines) {
      this.#outcomes.set(line.seq, await this.#apply(line, positions));
      this.#options.onLine?.(this.#outcomes.size);
    }
  }

  /** @param positions positions that earlier lines of the issuer were given */
  async #apply(line: JournalLine, positions: Set<string>): Promise<LineOutcome> {
    const { clientOf, startMs, lineTimeoutMs: timeoutMs } = this.#options;
    const token = hasOwnToken(line) ? line.token : lineToken(line.seq, startMs);
    try {
      const decision = await callOfLine(clientOf(line.region), line, token, { timeoutMs });
      const position = positionText(decision.label.position);
      const replayed = positions.has(position);
      positions.add(position);
      return outcomeOf(decision, hasOwnToken(line) ? replayed : undefined);
    } catch (error) {
      if (error instanceof StoreError) return { error: error.reason };
      throw error;
    }
  }
}

/** Lines of each issuer in the order of seq. */
function byIssuer(lines: readonly JournalLine[]): Map<string, JournalLine[]> {
  const inOrder = [...lines].sort((a, b) => a.seq - b.seq);
  return Map.groupBy(inOrder, ({ issuerId }) => issuerId);
}

function outcomeOf(decision: Decision, replayed: boolean | undefined): LineOutcome {
  return {
    decision: decision.decision,
    ...(decision.decision === "DECLINED" && { reason: decision.reason }),
    ...(replayed !== undefined && { replayed }),
  };
}

function positionText({ shardId, generation, lsn }: ShardPosition): string {
  return `${shardId}/${generation}/${lsn}`;
}
