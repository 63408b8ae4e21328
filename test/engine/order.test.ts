import t from 'tap';
import { type ScenarioOptions, drawScenario, play } from './scenario.js';
import { HOUR, MINUTE, T0 } from './support.js';
import { latest, standing } from './verdicts.js';

const SEEDS = [1, 2, 3];

/** Silence is of log time: it is not promised whatever the order. */
function promised(told: Parameters<typeof standing>[0]): ReturnType<typeof standing> {
  const alerts = told.alerts.filter(({ rule }) => rule !== 'tracker-silence' && rule !== 'network-outage');
  return standing({ alerts, visits: told.visits });
}

for (const seed of SEEDS) {
  t.test(`seed ${seed}: any delay within the horizon and any duplication give the same verdicts`, async (t) => {
    const options: ScenarioOptions = { hours: 2.5, delayMs: 0, plans: true, events: true };
    const untilMs = T0 + 4.5 * HOUR;
    const inOrder = play(drawScenario(seed, options), { untilMs });
    const shuffled = play(drawScenario(seed, { ...options, delayMs: 29 * MINUTE }), { untilMs });
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
      latest(shuffled.alerts).every(({ finality, condition }) => finality === 'confirmed' || condition === 'retracted'),
    );
  });
}
