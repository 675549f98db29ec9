import { assert } from "../../../common/assert.ts";

/** One line of a script, taken apart: words, and `name=value` options anywhere among them. */
export class Words {
  readonly line: string;
  readonly #words: string[];

  constructor(line: string) {
    this.line = line;
    this.#words = line.split(/\s+/).filter((word) => word !== "");
  }

  /** The next word; an error when there is none. */
  take(what: string): string {
    const word = this.takeOptional();
    assert(word !== undefined, `"${this.line}": ${what} is missing`);
    return word;
  }

  /** The next word if it is this one. */
  takeIf(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  takeOptional(): string | undefined {
    return this.#remove((word) => !word.includes("="));
  }

  option(name: string): string | undefined {
    return this.#remove((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  }

  numberOption(name: string): number | undefined {
    const value = this.option(name);
    return value === undefined ? undefined : number(value);
  }

  listOption(name: string): string[] | undefined {
    return this.option(name)?.split(",");
  }

  /** Everything not taken yet, as it stands. */
  rest(): string {
    return this.#words.splice(0).join(" ");
  }

  /** Nothing may be left over: a misspelt option would silently test nothing. */
  end(): void {
    assert(this.#words.length === 0, `"${this.line}": what is "${this.#words.join(" ")}"?`);
  }

  #remove(matches: (word: string) => boolean): string | undefined {
    const at = this.#words.findIndex(matches);
    return at < 0 ? undefined : this.#words.splice(at, 1)[0];
  }
}

/** Separates thousands by "_"; nothing else is special. */
export function number(word: string): number {
  const value = Number(word.replaceAll("_", ""));
  assert(!Number.isNaN(value), `"${word}" is not a number`);
  return value;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "250ms", "-3s", "5m", "1h", "31d". */
export function durationMs(word: string): number {
  const match = /^([+-]?\d+)(ms|s|m|h|d)$/.exec(word);
  assert(match !== null, `"${word}" is not a duration`);
  return Number(match[1]) * UNIT_MS[match[2]];
}

/** "x*70" is 70 times "x"; anything else stands for itself. */
export function text(word: string): string {
  const match = /^(.+)\*(\d+)$/.exec(word);
  return match === null ? word : match[1].repeat(Number(match[2]));
}
