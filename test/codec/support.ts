import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { BeatwatchError } from '../../src/model/errors.js';
import type { Fix } from '../../src/model/fix.js';

/** The folder with package.json above this file. */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** `SEED=n` repeats a run. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);
fc.configureGlobal({ seed, numRuns: 300 });

/** Runs a property, whose predicate throws (node:assert) when it does not hold: fast-check then shrinks and reports. */
export function holds<T>(t: Test, property: fc.IProperty<T>): void {
  fc.assert(property);
  t.pass('held');
}

/** A fast source of bytes for fuzzing (xorshift32), from the printed seed. */
export function randomUint32(): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

export function randomBytes(next: () => number, maxLength: number): Uint8Array {
  const bytes = new Uint8Array(next() % (maxLength + 1));
  for (let i = 0; i < bytes.length; i++) bytes[i] = next();
  return bytes;
}

/** The code that a call throws, null when it returns; anything but a BeatwatchError is thrown on. */
export function codeOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof BeatwatchError) return error.code;
    throw error;
  }
}

/** A car on its way, one fix each 5 s, as a fleet sends them. */
export function drive(count: number, fromMs: number): Fix[] {
  return Array.from({ length: count }, (_, i) => ({
    eventTimeMs: fromMs + i * 5_000,
    position: { lngE7: 1_161_000_000 + i * 700, latE7: 243_000_000 - ((i * 37) % 900) },
    altitudeDm: 800 + (i % 7),
    speedCmps: 900 + ((i * 37) % 400),
    courseCdeg: (i * 1_234) % 36_000,
    located: true,
    satellites: 12,
    beidouSatellites: 8,
    hdopCenti: 90 + (i % 20),
    accuracyDm: null,
    power: true,
    batteryPercent: null,
    ignition: true,
    lightbar: false,
    sos: null,
    backfill: null,
  }));
}
