import t from 'tap';
import type { FixHistory } from '../../src/log/fix-history.js';
import { readPresence } from '../../src/traces/presence-query.js';
import type { RecordSource } from '../../src/traces/query.js';
import { readTraces } from '../../src/traces/trace-query.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { placeShape } from '../../src/traces/area.js';
import { at, circle, HOUR, plan, T0, unit } from '../engine/support.js';

/** 1,000 rows an hour and unit; nothing may be read. */
function source(maxRows: number): RecordSource {
  const fixes: FixHistory = {
    estimate: async ({ stretches }) => {
      const rows = stretches.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / 3_600, 0);
      return { rows, bytes: rows * 9 };
    },
    open: () => Promise.reject(new Error('it was read')),
  };
  const plans = [plan({ places: [], rules: [], units: [unit('car-1'), unit('car-2')] })];
  return { fixes, plansSince: async () => ({ plans, fromMs: 0 }), nowMs: () => T0 + 1_000 * HOUR, maxRows };
}

const RANGE = { fromMs: T0, toMs: T0 + 10 * HOUR, after: null } as const;

t.test(
  'what would read too much is refused before it runs, with the estimate and the longest period that passes',
  async (t) => {
    const query = { ...RANGE, units: ['car-1'] };
    await t.rejects(readTraces(source(9_999), query), {
      code: 'query-too-large',
      details: { rows: 10_000, bytes: 90_000, limit: 9_999, longestMs: 599 * 60_000 },
    });
    await t.rejects(readTraces(source(10_000), query), { message: 'it was read' }, 'at the limit');
    await t.rejects(readTraces(source(9_999), { ...query, toMs: T0 + 599 * 60_000 }), { message: 'it was read' });
    await t.rejects(readTraces(source(19_999), { ...RANGE, units: null }), { code: 'query-too-large' }, 'all units');

    const area = { area: { shape: { type: 'circle', center: at(0), radiusM: 100 } } } as const;
    const presence = { ...RANGE, ...area, units: ['car-1'] };
    await t.rejects(readPresence(source(10_999), presence), { code: 'query-too-large' }, 'with half an hour around it');
    await t.rejects(readPresence(source(11_000), presence), { message: 'it was read' });
  },
);

t.test('a place of the first plan has its shape before that plan, too', (t) => {
  const square = circle('square', at(0), 50);
  const plans = [plan({ places: [square], rules: [], units: [] })].map((one) => ({ ...one, inForceFromMs: T0 }));
  t.same(placeShape(plans, 'square', { fromMs: T0 - 2 * HOUR, toMs: T0 - HOUR }), square.shape);
  t.same(placeShape(plans, 'square', { fromMs: T0 - HOUR, toMs: T0 + HOUR }), square.shape);
  const next = { ...plans[0], places: [], inForceFromMs: T0 + HOUR } as unknown as CompiledPlan;
  const after = { fromMs: T0 + HOUR, toMs: T0 + 2 * HOUR };
  t.throws(() => placeShape([...plans, next], 'square', after), { code: 'place-unknown' });
  t.end();
});

t.test('a unit that no plan of the period has is refused', async (t) => {
  await t.rejects(readTraces(source(1_000_000), { ...RANGE, units: ['car-1', 'car-9'] }), {
    code: 'unit-unknown',
    message: /got unit car-9/,
  });
});
