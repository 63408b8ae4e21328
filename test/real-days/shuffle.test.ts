import t, { type Test } from 'tap';
import { standing } from '../engine/verdicts.js';
import { LONGEST_RUN_MS, needs } from './days.js';
import { AUSTIN_FILE, austinDay, play, type RealDay, shuffled, YUNNAN_FILE, yunnanDay } from './shuffled-day.js';

/** `npm run campaign` does many more, and a whole day of Austin. */
const SEEDS = [1, 2, 3];

function checkDay(t: Test, day: RealDay): void {
  const expected = standing(play(day));
  t.comment(`${day.arrivals.length} fixes, ${expected.visits.length} visits, ${expected.alerts.length} verdicts`);
  t.ok(expected.visits.length >= 20 && expected.alerts.length >= 10, 'there is something to compare');
  for (const seed of SEEDS) {
    const disordered = play(shuffled(day, seed));
    t.same(standing(disordered), expected, `seed ${seed}`);
    t.ok(
      disordered.alerts.some(({ cause }) => cause === 'late-data'),
      `seed ${seed}: late fixes corrected some`,
    );
    t.ok(disordered.state.counts.duplicate > 0, `seed ${seed}: ${disordered.state.counts.duplicate} duplicates`);
    t.equal(disordered.state.counts.flags.late ?? 0, 0, `seed ${seed}: nothing was late beyond the horizon`);
  }
}

t.setTimeout(LONGEST_RUN_MS);

t.test(...needs(YUNNAN_FILE, `any shuffle and duplication of the Yunnan day, seeds ${SEEDS} [order]`), async (t) => {
  checkDay(t, await yunnanDay());
});

t.test(...needs(AUSTIN_FILE, `any shuffle and duplication of an Austin morning, seeds ${SEEDS} [order]`), async (t) => {
  const [fromMs, toMs] = ['2017-03-21T06:00:00-05:00', '2017-03-21T08:00:00-05:00'].map(Date.parse) as [number, number];
  checkDay(t, await austinDay(t, { fromMs, toMs, buses: 40 }));
});
