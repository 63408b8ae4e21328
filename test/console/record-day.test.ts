import t from 'tap';
import { TEXTS } from '../../src/console/i18n/words.js';
import { calendarOf } from '../../src/console/plan/calendar.js';
import { ruleText, whyText } from '../../src/console/plan/rule-words.js';
import { rulesNow } from '../../src/console/plan/rules-now.js';
import { dwellCounts, heatOf } from '../../src/console/time/figures.js';
import { AskError } from '../../src/console/socket/ask.js';
import { loadDay } from '../../src/console/time/load.js';
import { dayAfter, daySpan, instantOn } from '../../src/console/time/local-day.js';
import {
  alertsAt,
  lanesOf,
  SEEN_FOR_MS,
  seenAt,
  standingAlerts,
  standingVisits,
} from '../../src/console/time/record-day.js';
import { presenceThen } from '../../src/console/time/presence-then.js';
import { settledHeat } from '../../src/console/time/settled-heat.js';
import { standingsAt } from '../../src/console/time/standings.js';
import { RECENT_MS, traceLines } from '../../src/console/time/trace-lines.js';
import type { AreaPresence, TraceFix, TraceRow } from '../../src/model/trace.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { T0_MS, testPlan } from '../api/records.js';
import { alertOf } from './support.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const plan = testPlan('meixian');

function visitOf(o: Partial<VisitVersion> & Pick<VisitVersion, 'visitId'>): VisitVersion {
  return {
    transition: 1,
    version: 1,
    kind: 'visit',
    place: 'square',
    unit: 'car-1',
    state: 'closed',
    innerFromMs: T0_MS,
    innerToMs: T0_MS + 10 * MINUTE,
    outerFromMs: T0_MS - MINUTE,
    outerToMs: T0_MS + 11 * MINUTE,
    fromHole: false,
    toHole: false,
    atMs: T0_MS + 10 * MINUTE,
    logId: `${T0_MS}-0`,
    mergedInto: null,
    previous: null,
    ...o,
  };
}

const fixOf = (unit: string, eventTimeMs: number, o: Partial<TraceFix> = {}): TraceRow =>
  ({ type: 'fix', unit, eventTimeMs, lng: 116.1, lat: 24.2, ...o }) as TraceFix;

t.test('what was told by an instant is told apart from what is known now', async (t) => {
  const versions = [
    visitOf({ visitId: 'a', version: 1, state: 'open', innerToMs: null, atMs: T0_MS }),
    visitOf({ visitId: 'a', version: 2, atMs: T0_MS + 10 * MINUTE }),
    visitOf({ visitId: 'b', atMs: T0_MS + 5 * MINUTE }),
    visitOf({ visitId: 'b', version: 2, state: 'retracted', atMs: T0_MS + HOUR }),
  ];
  const told = (byMs: number | null) =>
    standingVisits(versions, byMs).map(({ visitId, version }) => `${visitId} ${version}`);
  t.strictSame(told(T0_MS - 1), []);
  t.strictSame(told(T0_MS), ['a 1']);
  t.strictSame(told(T0_MS + 10 * MINUTE), ['a 2', 'b 1']);
  t.strictSame(told(null), ['a 2'], 'a visit that was taken back is none');

  const alerts = [
    alertOf({ alertId: 'gap', version: 1, atMs: T0_MS + 30 * MINUTE, fromMs: T0_MS + 20 * MINUTE }),
    alertOf({ alertId: 'gap', version: 2, change: 'refused', atMs: T0_MS + 31 * MINUTE, fromMs: T0_MS + 20 * MINUTE }),
    alertOf({
      alertId: 'gap',
      version: 3,
      condition: 'retracted',
      state: 'retracted',
      atMs: T0_MS + 40 * MINUTE,
      fromMs: T0_MS + 20 * MINUTE,
      toMs: T0_MS + 25 * MINUTE,
    }),
  ];
  const at = (atMs: number, byMs: number | null) =>
    alertsAt(standingAlerts(alerts, byMs), atMs, byMs).map(({ version }) => version);
  t.strictSame(at(T0_MS + 25 * MINUTE, T0_MS + 25 * MINUTE), [], 'nobody had said so yet');
  t.strictSame(at(T0_MS + 35 * MINUTE, T0_MS + 35 * MINUTE), [1], 'a refused action is no version');
  t.strictSame(at(T0_MS + 35 * MINUTE, null), [], 'it was wrong');
});

t.test('a unit is shown where it was seen, for five minutes, and nothing is put between two positions', async (t) => {
  const rows: TraceRow[] = [
    fixOf('a', T0_MS),
    fixOf('a', T0_MS + MINUTE, { lng: 116.2 }),
    { type: 'hole', unit: 'a', fromMs: T0_MS + MINUTE, toMs: T0_MS + 30 * MINUTE },
    fixOf('b', T0_MS, { lng: null, lat: null }),
  ];
  const seen = (atMs: number) => seenAt(rows, atMs);
  t.strictSame(seen(T0_MS - 1), []);
  t.match(seen(T0_MS + 59_999), [{ unit: 'a', lng: 116.1, isHeard: true }]);
  t.match(seen(T0_MS + 2 * MINUTE), [{ unit: 'a', lng: 116.2, atMs: T0_MS + MINUTE, isHeard: false }]);
  t.equal(seen(T0_MS + MINUTE + SEEN_FOR_MS).length, 1);
  t.strictSame(seen(T0_MS + MINUTE + SEEN_FOR_MS + 1), []);
});

t.test('the way of a unit ends at each hole, and its last half hour stands out', async (t) => {
  const atMs = T0_MS + 2 * RECENT_MS;
  const rows: TraceRow[] = [
    fixOf('a', T0_MS, { lng: 1 }),
    fixOf('a', T0_MS + 1, { lng: 2 }),
    { type: 'hole', unit: 'a', fromMs: T0_MS + 1, toMs: T0_MS + 80_000 },
    fixOf('a', T0_MS + 80_000, { lng: 3 }),
    fixOf('a', atMs - RECENT_MS, { lng: 4 }),
    fixOf('a', atMs - RECENT_MS + 1, { lng: 5 }),
    fixOf('a', atMs, { lng: 6 }),
    fixOf('a', atMs + 1, { lng: 7 }),
  ];
  t.strictSame(
    traceLines(rows, atMs).features.map(({ geometry, properties }) => [
      properties.isChosen,
      (geometry.coordinates as number[][]).map(([lng]) => lng),
    ]),
    [
      [false, [1, 2]],
      [false, [3, 4, 5]],
      [true, [5, 6]],
    ],
  );
});

t.test('the timeline has a row for each place or unit, gaps in doubt apart', async (t) => {
  const visits = [
    visitOf({ visitId: 'a' }),
    visitOf({ visitId: 'x', kind: 'cross', place: 'bridge', innerToMs: T0_MS }),
  ];
  const alerts = [
    alertOf({ alertId: 'sure', fromMs: T0_MS + HOUR, toMs: T0_MS + 2 * HOUR }),
    alertOf({ alertId: 'maybe', certainty: 'unknown', fromMs: T0_MS + 3 * HOUR }),
    alertOf({ alertId: 'no', condition: 'retracted' }),
    alertOf({ alertId: 'silent', rule: 'tracker-silence', place: null, unit: 'car-1' }),
  ];
  const kinds = (lanes: ReturnType<typeof lanesOf>) =>
    lanes.map(({ id, bars }) => [id, ...bars.map(({ kind }) => kind)]);
  t.strictSame(kinds(lanesOf('place', ['bridge', 'square', 'nobody'], { visits, alerts, holes: [] })), [
    ['bridge', 'cross'],
    ['square', 'visit', 'gap', 'doubt'],
  ]);
  const holes = [{ type: 'hole', unit: 'car-1', fromMs: T0_MS + HOUR, toMs: T0_MS + 2 * HOUR }] as const;
  t.strictSame(kinds(lanesOf('unit', ['car-1'], { visits: [], alerts, holes })), [['car-1', 'alert', 'hole']]);
});

t.test('places stand as the alerts and visits of the instant say', async (t) => {
  const at = (atMs: number, alerts = [alertOf({ alertId: 'gap' })]) =>
    standingsAt(plan, [visitOf({ visitId: 'a' })], alerts, atMs);
  t.strictSame(
    [...at(T0_MS, [])],
    [
      ['bridge', 'empty'],
      ['square', 'covered'],
    ],
  );
  t.equal(at(T0_MS + HOUR).get('square'), 'overdue');
  t.equal(at(T0_MS + HOUR, [alertOf({ alertId: 'gap', certainty: 'unknown' })]).get('square'), 'in-doubt');
});

t.test('presence by hour counts overlapping visits once, and no hour that is to come', async (t) => {
  const visits = [
    visitOf({ visitId: 'a', innerFromMs: T0_MS, innerToMs: T0_MS + 30 * MINUTE }),
    visitOf({ visitId: 'b', unit: 'car-2', innerFromMs: T0_MS + 15 * MINUTE, innerToMs: T0_MS + 45 * MINUTE }),
    visitOf({ visitId: 'x', kind: 'cross', innerFromMs: T0_MS + 50 * MINUTE, innerToMs: T0_MS + 60 * MINUTE }),
    visitOf({ visitId: 'c', state: 'open', innerFromMs: T0_MS + 90 * MINUTE, innerToMs: null }),
  ];
  const rows = heatOf(visits, ['square', 'bridge'], { fromMs: T0_MS, hours: 3, nowMs: T0_MS + 100 * MINUTE });
  t.strictSame(rows, [
    { place: 'square', shares: [0.75, 0.25, null] },
    { place: 'bridge', shares: [0, 0, null] },
  ]);
  const early = heatOf(visits, ['square'], { fromMs: T0_MS, hours: 1, nowMs: T0_MS + 10 * MINUTE });
  t.strictSame(early[0]?.shares, [1], 'a visit that lasted longer than the instant that is looked at');
  const table = { name: 'presence-by-hour', rows: [{ place: 'square', hour: 8, presenceRate: 0.5 }] };
  const report = { reports: [{ tables: [table] }] };
  t.strictSame(settledHeat(report, ['square'], 7, 3), [{ place: 'square', shares: [null, 0.5, null] }]);
  t.equal(settledHeat(null, ['square'], 7, 3), null);
});

t.test('visits are counted by how long they lasted, at least and at most', async (t) => {
  const lasting = (innerMin: number, outerMin: number) =>
    visitOf({
      visitId: `${innerMin}`,
      innerToMs: T0_MS + innerMin * MINUTE,
      outerFromMs: T0_MS,
      outerToMs: T0_MS + outerMin * MINUTE,
    });
  const visits = [lasting(1, 2), lasting(2, 9.9), lasting(16, 30), visitOf({ visitId: 'o', state: 'open' })];
  t.strictSame(
    dwellCounts(visits).map(({ inner, outer }) => [inner, outer]),
    [
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
      [1, 0],
      [0, 1],
    ],
  );
});

t.test('a local day has the hours that its clocks have', async (t) => {
  const span = daySpan('Asia/Shanghai', '2026-11-24');
  t.equal(span?.fromMs, Date.parse('2026-11-24T00:00:00+08:00'));
  t.equal(Number(span?.toMs) - Number(span?.fromMs), 24 * HOUR);
  const autumn = daySpan('Europe/Berlin', '2026-10-25');
  t.equal(Number(autumn?.toMs) - Number(autumn?.fromMs), 25 * HOUR, 'clocks are put back');
  t.equal(daySpan('Asia/Shanghai', '2026-13-45'), null);
  t.equal(dayAfter('2026-02-28', 1), '2026-03-01');
});

t.test('the page says which rules bind a place now, until when, and why the others rest', async (t) => {
  const why = (nowMs: number) => rulesNow(plan, 'square', nowMs).map((one) => whyText(one, plan, nowMs, TEXTS.en));
  t.strictSame(why(T0_MS), ['binds until 09:00 (Peak)']);
  t.strictSame(why(T0_MS - HOUR), ['rests; binds from 08:00 (Peak)']);
  t.strictSame(why(T0_MS + HOUR), ['rests: the plan has no more of “Peak”']);
  t.strictSame(rulesNow(plan, 'nowhere', T0_MS), []);
  const [rule] = plan.rules;
  t.equal(rule && ruleText(rule, TEXTS.en), 'somebody at least every 11 min');
});

t.test('a day of the plan is cut at its midnights, and is none where the calendar ends', async (t) => {
  const lanes = calendarOf(plan, T0_MS, T0_MS + 30 * MINUTE);
  t.match(lanes, [
    { is: 'modes', spans: [{ fromMs: T0_MS, toMs: T0_MS + 30 * MINUTE, mode: 'peak' }] },
    { is: 'rule', rule: { id: 'gap' }, spans: [{ fromMs: T0_MS }] },
    { is: 'duty', schedule: 'mode:peak', units: 2 },
  ]);
  t.equal(calendarOf(plan, T0_MS - 1, T0_MS + 1), null);
  t.equal(calendarOf(plan, T0_MS, plan.expandedToMs + 1), null);
});

t.test('a day without a plan is shown over that of today, and no other failure is taken for that', async (t) => {
  const span = daySpan('Asia/Shanghai', '2026-11-24');
  if (span === null) throw new Error('no day');
  const question = { subject: { is: 'district' }, span, atMs: null, purpose: 'case 7' } as const;
  const failing = (code: string) => async (path: string) => {
    if (path.includes('/plan')) throw new AskError(code, 503, code);
    return path.includes('/reports') ? { days: [] } : { items: [], next: null };
  };
  const o = { signal: new AbortController().signal, tell: () => undefined };
  t.equal((await loadDay(failing('plan-missing'), 'meixian', question, o)).plan, null);
  await t.rejects(loadDay(failing('state-unavailable'), 'meixian', question, o), { code: 'state-unavailable' });
});

t.test('a day is read to its last page, every question with its purpose', async (t) => {
  const asked: string[] = [];
  const span = daySpan('Asia/Shanghai', '2026-11-24');
  if (span === null) throw new Error('no day');
  const ask = async (path: string, o: { readonly purpose?: string } = {}) => {
    asked.push(`${path.split('?')[0]?.split('/').slice(4).join('/')} ${o.purpose}`);
    if (path.endsWith('/meixian')) return { nowMs: T0_MS };
    if (path.includes('/plan')) return plan;
    if (path.includes('/reports')) return { days: [] };
    const isFirst = path.includes('/alert-versions') && !path.includes('after=');
    return { items: [alertOf({ alertId: 'a' })], next: isFirst ? 'more' : null, missing: isFirst ? [{}] : [] };
  };
  const question = { subject: { is: 'place', id: 'square' }, span, atMs: null, purpose: 'case 7' } as const;
  const record = await loadDay(ask, 'meixian', question, {
    signal: new AbortController().signal,
    tell: () => undefined,
  });
  t.match(record, { isCut: false, isMissing: true, report: null, plan: { version: 1 }, readAtMs: T0_MS });
  t.equal(record.alerts.length, 2);
  t.strictSame(asked, [
    ' case 7',
    'places/square/visits case 7',
    'alert-versions case 7',
    'alert-versions case 7',
    'places/square/presence case 7',
    'plan case 7',
    'reports case 7',
  ]);
});

t.test('a time that is typed is that of the district, on a day whose clock jumps too', async (t) => {
  t.equal(instantOn('Asia/Shanghai', '2026-11-24', '09:40'), Date.parse('2026-11-24T09:40:00+08:00'));
  t.equal(instantOn('Europe/Berlin', '2026-03-29', '09:40:30'), Date.parse('2026-03-29T09:40:30+02:00'));
  t.equal(instantOn('Asia/Shanghai', '2026-11-24', ''), null);
});

t.test('who was not heard is told apart by duty: of who was off duty nobody expects to know', async (t) => {
  const row = (unit: string, certainty: AreaPresence['certainty'], fromMs = T0_MS): AreaPresence => {
    return { type: 'presence', unit, certainty, cause: 'hole', fromMs, toMs: T0_MS + HOUR, fixes: 0, hole: null };
  };
  const units = ['early', 'late', 'seen', 'near', 'gone'].map((id) => ({
    ...testPlan('meixian').units[0],
    id,
    duty: id === 'late' ? 'late' : 'day',
  })) as typeof plan.units;
  const schedules = { day: [T0_MS, T0_MS + HOUR], late: [T0_MS + HOUR, T0_MS + 2 * HOUR] };
  const rows = [row('early', 'unknown'), row('late', 'unknown'), row('seen', 'inside'), row('near', 'possible')];
  t.strictSame(presenceThen([...rows, row('gone', 'inside', T0_MS + HOUR - 1)], { units, schedules }, T0_MS + MINUTE), {
    inside: ['seen'],
    possible: ['near'],
    unknown: ['early'],
    'off-duty': ['late'],
  });
});
