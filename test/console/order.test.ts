import t from 'tap';
import { whoText } from '../../src/console/board/who.js';
import { TEXTS } from '../../src/console/i18n/words.js';
import { boardRows } from '../../src/console/board/rows.js';
import { byUrgency, digest } from '../../src/console/alerts/order.js';
import { coverageOf, T0_MS, testPlan } from '../api/records.js';
import { alertOf } from './support.js';

const MINUTE = 60_000;

t.test('what asks for action comes first, a call for help before all', async (t) => {
  const alerts = [
    alertOf({ alertId: 'suppressed', state: 'suppressed' }),
    alertOf({ alertId: 'low', severity: 'low' }),
    alertOf({ alertId: 'taken', state: 'ack-active' }),
    alertOf({ alertId: 'new', fromMs: T0_MS + 1 }),
    alertOf({ alertId: 'old' }),
    alertOf({ alertId: 'call', rule: 'sos', state: 'ack-active', fromMs: T0_MS + 2 }),
    alertOf({ alertId: 'over', state: 'unack-cleared', condition: 'cleared' }),
  ];
  t.strictSame(
    alerts.sort(byUrgency).map(({ alertId }) => alertId),
    ['call', 'old', 'new', 'low', 'taken', 'over', 'suppressed'],
  );
});

t.test('a flood is a few alerts and counts, and hides no call for help', async (t) => {
  const flood = Array.from({ length: 10_000 }, (_, i) =>
    alertOf({ alertId: `a-${i}`, severity: i % 2 === 0 ? 'medium' : 'low' }),
  );
  const calls = Array.from({ length: 7 }, (_, i) => alertOf({ alertId: `call-${i}`, rule: 'sos' }));
  const high = alertOf({ alertId: 'high' });
  const found = digest([...flood, high, ...calls], 5);
  t.strictSame(
    found.shown.map(({ rule }) => rule),
    calls.map(() => 'sos'),
    'more calls than there is room for are all shown',
  );
  t.strictSame(found.more, { high: 1, medium: 5_000, low: 5_000 });
  t.equal(digest([...flood, high], 5).shown[0]?.alertId, 'high');
  t.strictSame(digest(calls, 20).more, { high: 0, medium: 0, low: 0 });
});

t.test('the board begins with the place that is worst off', async (t) => {
  const [bridge, square] = testPlan('meixian').places;
  const places = ['a-late', 'b-doubt', 'c-due', 'd-sooner', 'e-empty', 'e-never', 'f-covered', 'g-unheard'].map(
    (id) => ({
      ...(bridge ?? square),
      id,
    }),
  );
  const plan = { ...testPlan('meixian'), places } as ReturnType<typeof testPlan>;
  const record = (place: string, presence: 'covered' | 'uncovered' | 'unknown', dueInMs: number | null) =>
    [place, { ...coverageOf(place, presence), dueMs: dueInMs === null ? null : T0_MS + dueInMs }] as const;
  const coverage = new Map([
    record('f-covered', 'covered', null),
    record('e-empty', 'uncovered', null),
    ['e-never', { ...coverageOf('e-never', 'uncovered'), dueMs: null, lastCoveredMs: null }],
    record('c-due', 'uncovered', 9 * MINUTE),
    record('d-sooner', 'uncovered', 2 * MINUTE),
    record('a-late', 'uncovered', -MINUTE),
    record('b-doubt', 'unknown', -5 * MINUTE),
  ]);
  const rows = boardRows(plan, coverage, T0_MS);
  t.strictSame(
    rows.map(({ place, standing }) => [place.id, standing]),
    [
      ['a-late', 'overdue'],
      ['b-doubt', 'in-doubt'],
      ['d-sooner', 'due'],
      ['c-due', 'due'],
      ['e-never', 'empty'],
      ['e-empty', 'empty'],
      ['f-covered', 'covered'],
      ['g-unheard', 'unheard'],
    ],
  );
  t.equal(rows[0]?.dueInMs, -MINUTE);
});

t.test(
  'a place names some of those who are there or may be, and counts the others: of a fleet whose link is gone it is everybody',
  async (t) => {
    const possibleUnits = Array.from({ length: 2_000 }, (_, i) => `car-${i}`);
    const callsigns = new Map(possibleUnits.map((id) => [id, id.toUpperCase()]));
    const present = { units: ['car-1', 'car-2'], statedUnits: ['car-2'], possibleUnits };
    t.equal(
      whoText(present, TEXTS.en, { callsigns, most: 3 }),
      'CAR-1 · by radio CAR-2 · maybe CAR-0, CAR-1, CAR-2 and 1997 more',
    );
    t.equal(
      whoText({ ...present, possibleUnits: ['car-3', 'lost'] }, TEXTS.zh, { callsigns, most: 2 }),
      'CAR-1 · 电台报到：CAR-2 · 可能：CAR-3、lost',
    );
    t.equal(whoText({ units: [], statedUnits: [], possibleUnits: [] }, TEXTS.en, { callsigns, most: 3 }), '');
  },
);
