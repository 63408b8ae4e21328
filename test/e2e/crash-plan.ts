import { createRandom } from '../../src/simulator/random.js';

export type Victim = 'server' | 'redis';

/** `kill -9` of one process, or of both at once. */
export interface Kill {
  readonly victims: readonly Victim[];
  /** Which move of the clock it belongs to. */
  readonly step: number;
  /** From when the clock's move is asked for, from its answer, when the step's reports go out, or from the first ack of them. */
  readonly since: 'clock' | 'reports' | 'ack';
  readonly afterMs: number;
}

/** A step takes about so long from each of these. */
const LONGEST_WAIT_MS = { clock: 4, reports: 5, ack: 2 } as const;

/**
 * So many kills of each victim, some of both at once, spread over the steps and over what happens in one; the same seed gives
 * the same. Both at once fall at the first ack: what it says must be on the disk by then, for nobody is left who could repeat it.
 */
export function drawKills(seed: number, each: number, atOnce: number, steps: number): Kill[] {
  const random = createRandom(seed, 'kills');
  const alone = Array.from({ length: each - atOnce }, (): Victim[][] => [['server'], ['redis']]).flat();
  const both = Array.from({ length: atOnce }, (): Victim[] => ['server', 'redis']);
  const victims = random.shuffled([...alone, ...both]);
  const room = Math.floor(steps / victims.length);
  return victims.map((chosen, index) => {
    const since = chosen.length > 1 ? 'ack' : random.pick(['clock', 'reports', 'ack'] as const);
    const afterMs = chosen.length > 1 ? 0 : Math.round(random.between(0, LONGEST_WAIT_MS[since]));
    return { victims: chosen, step: 1 + index * room + random.integer(0, room - 1), since, afterMs };
  });
}
