import t from 'tap';
import { CLOCK_AHEAD_MS } from '../../src/model/limits.js';
import { type Arrival, type ScenarioOptions, drawScenario, play } from './scenario.js';
import { HOUR, MINUTE, T0 } from './support.js';
import { latest, standing } from './verdicts.js';

const SEEDS = [1, 2, 3];

/** Silence is of log time: it is not promised whatever the order. */
function promised(told: Parameters<typeof standing>[0]): ReturnType<typeof standing> {
  const alerts = told.alerts.filter(({ rule }) => rule !== 'tracker-silence' && rule !== 'network-outage');
  return standing({ alerts, visits: told.visits });
}

/** E1: of every hundredth fix a copy that comes 61 s before its time, as by a clock that is ahead; the fix itself comes later. */
function copiesAhead(arrivals: readonly Arrival[]): Arrival[] {
  const fixes = arrivals.filter((arrival) => 'fix' in arrival);
  return fixes
    .filter((_, i) => i % 100 === 50)
    .map(({ unit, fix }) => ({ atMs: fix.eventTimeMs - CLOCK_AHEAD_MS - 1_000, unit, fix }));
}

for (const seed of SEEDS) {
  t.test(
    `seed ${seed}: any delay within the horizon and any duplication give the same verdicts (E1, E5) [order]`,
    async (t) => {
      const options: ScenarioOptions = { hours: 2.5, delayMs: 0, plans: true, events: true };
      const untilMs = T0 + 4.5 * HOUR;
      const inOrder = play(drawScenario(seed, options), { untilMs });
      const late = drawScenario(seed, { ...options, delayMs: 29 * MINUTE });
      const ahead = copiesAhead(late);
      const shuffled = play(
        [...ahead, ...late].sort((a, b) => a.atMs - b.atMs),
        { untilMs },
      );
      // A hole in the log may bring one of them nearer than a minute.
      const faults = shuffled.state.counts.flags['clock-ahead'] ?? 0;
      t.ok(faults > 0.9 * ahead.length, `${faults} copies came 61 s ahead first`);
      const expected = promised(inOrder);
      t.ok(
        expected.visits.length > 40 && expected.alerts.length > 10,
        `${expected.visits.length} visits, ${expected.alerts.length} alerts`,
      );
      t.ok(
        shuffled.alerts.some(({ change }) => change === 'retracted' || change === 'corrected'),
        'late fixes corrected something',
      );
      t.same(promised(shuffled), expected);
      for (const told of [inOrder.alerts, inOrder.visits, shuffled.alerts, shuffled.visits]) {
        t.ok(
          told.every(({ transition }, i) => transition === i + 1),
          'transitions are dense',
        );
      }
      const wronged = shuffled.alerts.filter(
        ({ finality, change }) => finality === 'confirmed' && change === 'retracted',
      );
      t.same(
        wronged.map(({ alertId }) => alertId),
        [],
        'what was confirmed is not taken back',
      );
      t.ok(
        latest(shuffled.alerts).every(
          ({ finality, condition }) => finality === 'confirmed' || condition === 'retracted',
        ),
      );
    },
  );
}
