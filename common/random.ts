import { randomBytes } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** The only source of randomness. */
export interface Random {
  /** A fraction in [0, 1). */
  fraction(): number;
  /** An integer in [min, max], both safe integers. */
  integer(min: number, max: number): number;
  /** Fresh random bytes. */
  bytes(length: number): Uint8Array;
}

/** Randomness that repeats for the same 32-bit seed; for simulations, workloads and tests. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return {
    fraction: () => uniformInt(generator, 0, 0xffff_ffff) / 2 ** 32,
    integer: (min, max) => uniformInt(generator, min, max),
    bytes: (length) => Uint8Array.from({ length }, () => uniformInt(generator, 0, 255)),
  };
}

/** Randomness of the operating system; fit for keys and ids. */
export const systemRandom: Random = {
  fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
  integer: (min, max) => min + Number(randomBytes(8).readBigUInt64LE() % BigInt(max - min + 1)),
  bytes: (length) => randomBytes(length),
};
