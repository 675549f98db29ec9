import { InvalidArgumentError } from "commander";
import { newToken } from "../../client/index.ts";

/** An amount or limit in minor units, written as an integer. */
export function parseAmount(text: string): number {
  const amount = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(amount)) throw new InvalidArgumentError("must be an integer in minor units");
  return amount;
}

/** A shard number. */
export function parseShard(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be the number of a shard");
  return Number(text);
}

/** Adds one `key=value` to the labels before it. */
export function addLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("must be key=value");
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** The token given, or a new one that is shown at once: whoever loses the answer can ask for it. */
export function tokenOrNew(given: string | undefined): string {
  if (given !== undefined) return given;
  const token = newToken();
  process.stderr.write(`token ${token} (to try again, give it as --token)\n`);
  return token;
}

/** A number of milliseconds, 0 allowed. */
export function parseMilliseconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be a number of milliseconds");
  return Number(text);
}

/** A positive whole number. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("must be a positive whole number");
  return Number(text);
}
