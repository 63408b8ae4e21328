import { createRandom } from '../../src/simulator/random.js';

/** One `kill -9`. */
export interface Kill {
  readonly victim: 'server' | 'redis';
  /** Which move of the clock it belongs to. */
  readonly step: number;
  /** From when the clock's move is asked for, or from when it was answered and the step's reports go out. */
  readonly since: 'clock' | 'reports';
  readonly afterMs: number;
}

/** A kill takes what a step takes, and a little more. */
const LONGEST_WAIT_MS = 8;

/** So many kills of each, spread over the steps and over what happens in one; the same seed gives the same. */
export function drawKills(seed: number, each: number, steps: number): Kill[] {
  const random = createRandom(seed, 'kills');
  const victims = random.shuffled(
    Array.from({ length: 2 * each }, (_, index): Kill['victim'] => (index < each ? 'server' : 'redis')),
  );
  const room = Math.floor(steps / victims.length);
  return victims.map((victim, index) => ({
    victim,
    step: 1 + index * room + random.integer(0, room - 1),
    since: random.chance(0.5) ? 'clock' : 'reports',
    afterMs: Math.round(random.between(0, LONGEST_WAIT_MS)),
  }));
}
