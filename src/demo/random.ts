import { createHash } from "node:crypto";

/** A small seeded generator: the same name gives the same numbers, whatever was drawn elsewhere. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [low, high]. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Characters of an alphabet. */
  text(length: number, alphabet: string): string;
}

/**
 * Seeded by a digest of its name, stepped as SplitMix32 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014, in its 32-bit form). Good enough for a made-up company, and for nothing else.
 */
export function random(...name: readonly (string | number)[]): Random {
  let state = createHash("sha256").update(JSON.stringify(name)).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 0x1_0000_0000;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick(list) {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    text: (length, alphabet) =>
      Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}

/**
 * Characters of an alphabet, at most 40, made of the whole digest of a name: two names have one text only by chance, and
 * `random` would give one of 2³².
 */
export function unique(length: number, alphabet: string, ...name: readonly (string | number)[]): string {
  let left = BigInt(`0x${createHash("sha256").update(JSON.stringify(name)).digest("hex")}`);
  const base = BigInt(alphabet.length);
  let text = "";
  while (text.length < length) {
    text += alphabet.charAt(Number(left % base));
    left /= base;
  }
  return text;
}

/** Ids as AWS makes them: a prefix and capitals with the digits 2 to 7; access key ids are one shorter than the others. */
export function awsId(prefix: string, ...name: readonly (string | number)[]): string {
  const length = prefix === "AKIA" ? 16 : 17;
  return prefix + unique(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "aws-id", prefix, ...name);
}
