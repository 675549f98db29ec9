import { assert } from "../../../common/assert.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import { canonicalLabels } from "../../../common/batch/labels.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { TokenNames } from "./token-names.ts";
import { durationMs, number, text, Words } from "./words.ts";

/**
 * The mutations of a batch, separated by ";":
 *
 *     TOKEN reserve ISSUER AMOUNT [desk= trader= currency= ttl= labels=key:value,…]
 *     TOKEN release|settle ISSUER RESERVE-TOKEN [desk= trader=]
 *     TOKEN amend ISSUER RESERVE-TOKEN AMOUNT [desk= trader=]
 *     TOKEN register ISSUER LIMIT [currency=]
 *     TOKEN limit ISSUER LIMIT
 *     TOKEN fence ISSUER
 *     COUNT reserves ISSUER AMOUNT [labels=]      under the tokens n1, n2, …
 */
export function parseMutations(line: string, tokens: TokenNames): MutationFields[] {
  return line.split(";").flatMap((part) => {
    const words = new Words(part);
    const first = words.take("token");
    const mutations = words.takeIf("reserves")
      ? manyReserves(number(first), words, tokens)
      : [oneMutation(tokens.token(first), words, tokens)];
    words.end();
    return mutations;
  });
}

function oneMutation(token: Uint8Array, words: Words, tokens: TokenNames): MutationFields {
  const verb = words.take("kind");
  const issuerId = text(words.take("issuer"));
  const base = { token, issuerId, ...callerOptions(words) };
  switch (verb) {
    case "reserve":
      return {
        kind: Kind.RESERVE,
        ...base,
        amountMinor: number(words.take("amount")),
        ...reserveOptions(words),
      };
    case "release":
      return { kind: Kind.RELEASE, ...base, targetToken: tokens.token(words.take("reservation")) };
    case "settle":
      return { kind: Kind.SETTLE, ...base, targetToken: tokens.token(words.take("reservation")) };
    case "amend": {
      const targetToken = tokens.token(words.take("reservation"));
      return { kind: Kind.AMEND, ...base, targetToken, amountMinor: number(words.take("amount")) };
    }
    case "register": {
      const currency = words.option("currency") ?? "EUR";
      return { kind: Kind.REGISTER_ISSUER, ...base, amountMinor: number(words.take("limit")), currency };
    }
    case "limit":
      return { kind: Kind.SET_LIMIT, ...base, amountMinor: number(words.take("limit")) };
    case "fence":
      return { kind: Kind.TOKEN_FENCE, ...base };
    default:
      assert(false, `"${words.line}": no such mutation`);
  }
}

function callerOptions(words: Words) {
  return { desk: text(words.option("desk") ?? ""), trader: text(words.option("trader") ?? "") };
}

function reserveOptions(words: Words) {
  const ttl = words.option("ttl");
  return {
    currency: text(words.option("currency") ?? ""),
    ttlMs: ttl === undefined ? 0 : durationMs(ttl),
    labels: labels(words.option("labels")),
  };
}

function labels(word: string | undefined): string {
  if (word === undefined) return "";
  const entries = word.split(",").map((pair) => pair.split(":").map(text));
  return canonicalLabels(Object.fromEntries(entries));
}

function manyReserves(count: number, words: Words, tokens: TokenNames): MutationFields[] {
  const issuerId = words.take("issuer");
  const amountMinor = number(words.take("amount"));
  const options = reserveOptions(words);
  return Array.from({ length: count }, (_, i) => {
    const token = tokens.token(`n${i + 1}`);
    return { kind: Kind.RESERVE, token, issuerId, amountMinor, ...options };
  });
}
