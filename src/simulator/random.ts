/**
 * Seeded randomness of the simulator: the same seed gives the same numbers on every machine. Not for secrets.
 *
 * Two ways in: a stream of numbers for things that are drawn in order, and `hashSeed` for numbers that belong to an
 * index (the jitter of report 17), so that any of them can be had again without drawing those before it.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** Uniform integer in [from, to], both inclusive. */
  integer(from: number, to: number): number;
  /** Standard normal. */
  gaussian(): number;
  chance(probability: number): boolean;
  /** One of the items; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new list in random order. */
  shuffled<T>(items: readonly T[]): T[];
}

/** A stream of random numbers from a seed and a path of names or indexes below it: each path is a stream of its own. */
export function createRandom(seed: number, ...path: readonly (string | number)[]): Random {
  let state = hashSeed(seed, ...path);
  let spare: number | null = null;

  // mulberry32: 32 bits of state, passes gjrand's quick tests; far more than a fleet needs.
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  // Marsaglia's polar method: needs no sine or cosine.
  function gaussian(): number {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const x = 2 * next() - 1;
      const y = 2 * next() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  }
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));

  return {
    next,
    gaussian,
    integer,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error('bug: pick from an empty list');
      return items[integer(0, items.length - 1)] as T;
    },
    shuffled: <T>(items: readonly T[]): T[] => {
      const list = [...items];
      for (let last = list.length - 1; last > 0; last--) {
        const other = integer(0, last);
        const moved = list[last] as T;
        list[last] = list[other] as T;
        list[other] = moved;
      }
      return list;
    },
  };
}

/** A 32-bit seed for a path below a seed (FNV-1a over the path, then a finalizer). */
export function hashSeed(seed: number, ...path: readonly (string | number)[]): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  hash = Math.imul(hash, 0x01000193);
  for (const part of path) {
    const text = `/${part}`;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
