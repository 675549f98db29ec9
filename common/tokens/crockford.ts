/** Douglas Crockford's digits: no I, L, O or U, so that an id survives a phone call. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const VALUES = new Map<string, number>(DIGITS.split("").map((digit, value) => [digit, value]));
for (const [lookalike, digit] of [
  ["O", "0"],
  ["I", "1"],
  ["L", "1"],
] as const) {
  VALUES.set(lookalike, DIGITS.indexOf(digit));
}

/** Digits of a safe integer ≥ 0, highest first, without leading zeros. */
export function toDigits(value: number): number[] {
  const digits: number[] = [];
  for (let rest = value; rest > 0 || digits.length === 0; rest = Math.floor(rest / 32))
    digits.push(rest % 32);
  return digits.reverse();
}

/** The number behind digits; undefined when they have leading zeros or pass 2^53 − 1. */
export function fromDigits(digits: readonly number[]): number | undefined {
  if (digits.length === 0 || (digits.length > 1 && digits[0] === 0)) return undefined;
  const value = digits.reduce((sum, digit) => sum * 32 + digit, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Text of digits. */
export function formatDigits(digits: readonly number[]): string {
  return digits.map((digit) => DIGITS[digit]).join("");
}

/** Digits of a text, lower case and lookalikes accepted; undefined when it holds anything else. */
export function parseDigits(text: string): number[] | undefined {
  const digits: number[] = [];
  for (const character of text.toUpperCase()) {
    const value = VALUES.get(character);
    if (value === undefined) return undefined;
    digits.push(value);
  }
  return digits;
}

/**
 * Check digit after ISO 7064's hybrid scheme, here MOD 33,32: any single wrong digit and nearly all
 * swapped neighbours change it.
 */
export function checkDigit(digits: Iterable<number>): number {
  let product = 32;
  for (const digit of digits) {
    const sum = (product + digit) % 32 || 32;
    product = (sum * 2) % 33;
  }
  return (33 - product) % 32;
}
