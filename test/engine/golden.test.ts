import t from 'tap';
import { createFold, EMPTY_FOLD } from '../../src/engine/track/fold.js';
import { committedGolden, computeGolden } from './golden.js';

t.test('D1: a drawn day comes to the committed outputs and bytes, on whatever Node this is', async (t) => {
  const golden = computeGolden();
  const kinds = new Set(Object.keys(golden.told).flatMap((key) => key.split(' ').slice(0, 2)));
  for (const kind of [
    'checkpoint-gap',
    'route-gap',
    'tracker-silence',
    'dwell-long',
    'dwell-short',
    'unknown',
    'uncovered',
  ])
    t.ok(kinds.has(kind), `${kind} is in it`);
  t.ok(golden.visits.count > 80, `${golden.visits.count} versions of visits`);
  t.strictSame(golden, committedGolden());
  t.strictSame(EMPTY_FOLD, createFold(), 'what all units share before their first fix is as it was');
});
