import type { Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';
import type { PlaceSpec, StatementSpec, UnitSpec } from '../scenario.js';

/** What supervisors hear by radio: of units that report and of silent ones, of places that a later plan may no longer have. */
export function drawStatements(
  random: Random,
  units: readonly UnitSpec[],
  places: readonly PlaceSpec[],
  toMs: number,
): StatementSpec[] {
  const ids = places.map(({ id }) => id);
  return Array.from({ length: random.chance(0.5) ? random.integer(1, 8) : 0 }, (_, index) => {
    const isAt = random.chance(0.6);
    return {
      atMs: random.integer(2 * MINUTE, toMs + 10 * MINUTE),
      id: `said-${index}`,
      unit: random.pick(units).id,
      at: isAt ? random.pick(ids) : null,
      notAt: isAt ? [] : ids.filter(() => random.chance(0.4)).sort(),
      lastsMs: random.pick([30_000, random.integer(1, 40) * MINUTE]),
      againMs: random.chance(0.3) ? random.integer(10, 60_000) : null,
    };
  });
}
