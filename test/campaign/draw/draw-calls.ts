import type { Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';
import type { FixSpec } from '../scenario.js';

/** Of units: that somebody in it calls for help while it is out. */
const CALLS = 0.12;

/** Somebody holds the button: the fixes of a stretch or three say so. Some trackers say too when nobody does. */
export function drawCalls(random: Random, fixes: readonly FixSpec[], toMs: number): readonly FixSpec[] {
  if (!random.chance(CALLS)) return fixes;
  const saysNo = random.chance(0.6);
  const stretches = Array.from({ length: random.pick([1, 1, 2, 3]) }, (): [fromMs: number, toMs: number] => {
    const fromMs = random.integer(MINUTE, toMs);
    return [fromMs, fromMs + random.integer(MINUTE / 2, 5 * MINUTE)];
  });
  return fixes.map((fix) => {
    const calls = stretches.some(([from, to]) => fix.ms >= from && fix.ms < to);
    return calls || saysNo ? { ...fix, sos: calls } : fix;
  });
}
