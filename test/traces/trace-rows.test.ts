import t from 'tap';
import type { LoggedFix } from '../../src/log/fix-history.js';
import type { Fix } from '../../src/model/fix.js';
import type { TraceRow } from '../../src/model/trace.js';
import { instantsOf } from '../../src/traces/instants.js';
import { stretchesBehind, type TracePlace, traceSteps } from '../../src/traces/trace-rows.js';
import { type UnitStretch, unitStretches } from '../../src/traces/unit-stretches.js';
import { areaAround, at, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';

const UNITS = ['car-1', 'car-2', 'car-3'];
const FROM = T0;
const TO = T0 + HOUR;
const STRETCHES = unitStretches(
  [plan({ places: [], rules: [], units: UNITS.map((id) => unit(id)), area: areaAround(20_000) })],
  { units: null, fromMs: FROM, toMs: TO },
);

/** Logged in the order of the list, an entry each. */
function logged(stretches: readonly UnitStretch[], fixes: readonly [unit: string, fix: Fix][]): LoggedFix[] {
  return fixes
    .map(([id, one], seq) => ({
      stretch: stretches.findIndex((stretch) => stretch.unit === id && one.eventTimeMs >= stretch.fromMs),
      logId: { ms: T0, seq },
      place: 0,
      ordinal: 0,
      fix: one,
    }))
    .filter(({ stretch }) => stretch >= 0)
    .sort((a, b) => a.stretch - b.stretch || a.fix.eventTimeMs - b.fix.eventTimeMs || a.logId.seq - b.logId.seq);
}

/** The rows behind a place, and the places between them. */
async function trace(fixes: readonly [string, Fix][], after: TracePlace | null = null) {
  const stretches = stretchesBehind(STRETCHES, after);
  const rows: TraceRow[] = [];
  const places: { readonly place: TracePlace; readonly rows: number }[] = [];
  const range = { stretches, fromMs: FROM, toMs: TO, units: UNITS, after };
  const batch = logged(stretches, fixes);
  for await (const step of traceSteps(range, instantsOf(batches(batch)))) {
    rows.push(...step.rows);
    places.push({ place: step.place, rows: rows.length });
  }
  return { rows, places };
}

async function* batches(rows: readonly LoggedFix[]): AsyncGenerator<readonly LoggedFix[]> {
  for (let i = 0; i < rows.length; i += 3) yield rows.slice(i, i + 3);
}

function told(rows: readonly TraceRow[]): string[] {
  const minute = (ms: number) => (ms - T0) / MINUTE;
  return rows.map((row) =>
    row.type === 'hole'
      ? `${row.unit} hole ${minute(row.fromMs)}-${minute(row.toMs)}`
      : `${row.unit} ${minute(row.eventTimeMs)} ${row.quality}${row.conflict ? ' conflict' : ''}`,
  );
}

const DRIVE: readonly [string, Fix][] = [
  ['car-2', fix(T0 + 10 * MINUTE, at(0))],
  ['car-2', fix(T0 + 10 * MINUTE, at(0))],
  ['car-2', fix(T0 + 11 * MINUTE, at(10))],
  ['car-2', fix(T0 + 11 * MINUTE, at(500))],
  ['car-2', fix(T0 + 12 * MINUTE, at(20), { accuracyDm: 2_000 })],
  ['car-2', fix(T0 + 12.5 * MINUTE, null)],
  ['car-2', fix(T0 + 13.5 * MINUTE, at(0), { located: false })],
  ['car-2', fix(T0 + 14 * MINUTE, at(90_000))],
  ['car-2', fix(T0 + 14.5 * MINUTE, at(40))],
  ['car-3', fix(T0 + 0.5 * MINUTE, at(0), { accuracyDm: 4_000 })],
];

t.test('a trace shows each fix once, says what it is good for, and shows every hole', async (t) => {
  const { rows } = await trace(DRIVE);
  t.strictSame(told(rows), [
    'car-1 hole 0-60',
    'car-2 hole 0-10',
    'car-2 10 precise',
    'car-2 11 precise conflict',
    'car-2 11 precise conflict',
    'car-2 12 vague',
    'car-2 12.5 no-position',
    'car-2 13.5 not-located',
    'car-2 14 out-of-area',
    'car-2 hole 12-14.5',
    'car-2 14.5 precise',
    'car-2 hole 14.5-60',
    'car-3 0.5 too-vague',
    'car-3 hole 0-60',
  ]);
});

t.test('pages that begin anywhere are together what one page is', async (t) => {
  const { rows, places } = await trace(DRIVE);
  for (const { place, rows: taken } of places) {
    const rest = await trace(DRIVE, place);
    t.strictSame(told(rest.rows), told(rows.slice(taken)), JSON.stringify(place));
  }
});

t.test('a tracker whose clock stands still is refused before its instant fills the memory', async (t) => {
  const fixes = Array.from({ length: 1_001 }, (_, i): [string, Fix] => ['car-1', fix(T0, at(i))]);
  await t.rejects(trace(fixes), { code: 'query-too-large' });
  t.equal((await trace(fixes.slice(1))).rows.length, 1_000 + 3, 'at the limit');
});

t.test(
  'a unit has the tracker that the plan of the time gives it, and a plan that changes nothing cuts nothing',
  async (t) => {
    const of = (version: number, inForceFromMs: number, tracker: string) =>
      plan({ version, inForceFromMs, places: [], rules: [], units: [unit('car-1', { tracker }), unit('car-2')] });
    const plans = [of(1, T0, 'a'), of(2, T0 + HOUR, 'a'), of(3, T0 + 2 * HOUR, 'b')];
    const range = { units: ['car-1'], fromMs: T0 - HOUR, toMs: T0 + 3 * HOUR };
    t.match(unitStretches(plans, range), [
      { tracker: 'a', fromMs: T0 - HOUR, toMs: T0 + 2 * HOUR },
      { tracker: 'b', fromMs: T0 + 2 * HOUR, toMs: T0 + 3 * HOUR },
    ]);
  },
);
