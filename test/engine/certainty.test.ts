import { readFileSync } from 'node:fs';
import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { step } from '../../src/engine/pipeline.js';
import { createState } from '../../src/engine/state.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { fix, HOUR, MINUTE } from './support.js';
import { latest, latestVisits } from './verdicts.js';

// Tracks that once made a certain accusation of nothing, or presence of nothing. `*.csv`: v,t,lat,lon[,hdop][,r]; t and r in seconds.

const FOLDER = new URL('../../../test/engine/certainty/', import.meta.url);
const EXAMPLE = new URL('../../../fixtures/example', import.meta.url).pathname;
const EX2 = new URL('ex2', FOLDER).pathname;
/** 2026-11-24 in Shanghai. */
const at = (clock: string): number => Date.parse(`2026-11-24T${clock}+08:00`);

interface Row {
  readonly tracker: string;
  readonly arrivesMs: number;
  readonly fix: Fix;
}

function readRows(file: string): Row[] {
  const [head = '', ...lines] = readFileSync(new URL(file, FOLDER), 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string): number | null => (names.includes(name) ? Number(cells[names.indexOf(name)]) : null);
    const [seconds, hdop] = [cell('t') ?? 0, cell('hdop')];
    const position = { lngE7: Math.round((cell('lon') ?? 0) * 1e7), latE7: Math.round((cell('lat') ?? 0) * 1e7) };
    return {
      tracker: cells[names.indexOf('v')] ?? '',
      arrivesMs: Math.round((cell('r') ?? seconds) * 1_000),
      fix: fix(Math.round(seconds * 1_000), position, {
        satellites: null,
        located: null,
        hdopCenti: hdop === null ? null : hdop * 100,
      }),
    };
  });
}

interface Day {
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}

/** The day as it comes to the log, with a tick each five seconds, until an hour and a half after the last fix. */
async function fold(file: string, folder: string): Promise<Day> {
  const rows = readRows(file).sort((a, b) => a.arrivesMs - b.arrivesMs || a.fix.eventTimeMs - b.fix.eventTimeMs);
  const firstMs = Math.min(at('07:50:00'), rows[0]?.arrivesMs ?? 0) - 2 * MINUTE;
  const district = await loadDistrict(folder);
  const plan = compilePlan(district, {
    version: 1,
    inForceFromMs: firstMs + MINUTE,
    expandFromMs: firstMs - 24 * HOUR,
    expandDays: 3,
  });
  const state = createState('example');
  const [alerts, visits]: [AlertVersion[], VisitVersion[]] = [[], []];
  let last = { ms: 0, seq: 0 };
  const append = (ms: number, entry: LogEntry): void => {
    last = ms > last.ms ? { ms, seq: 0 } : { ms: last.ms, seq: last.seq + 1 };
    const out = step(state, last, entry);
    alerts.push(...out.alerts);
    visits.push(...out.visits);
  };
  append(firstMs, { kind: 'genesis', district: 'example', clock: 'virtual', foldVersion: state.foldVersion });
  append(firstMs, { kind: 'plan', plan });
  const tickTo = (ms: number): void => {
    while (last.ms < ms) append(Math.min(ms, last.ms + 5_000), { kind: 'tick' });
  };
  for (const { tracker, arrivesMs, fix: one } of rows) {
    tickTo(arrivesMs);
    append(last.ms, { kind: 'fixes', batches: [{ tracker, reportId: '01', fixes: [one], rejected: [] }] });
  }
  tickTo(last.ms + 90 * MINUTE);
  return { alerts, visits };
}

function gapsOf({ alerts }: Day): AlertVersion[] {
  return latest(alerts).filter(({ rule }) => rule === 'checkpoint-gap' || rule === 'zone-gap');
}

/** Versions that say something else of the past than what was confirmed before them. */
function takenBack({ alerts }: Day): AlertVersion[] {
  return alerts.filter(({ change, finality, alertId, transition }) => {
    const before = alerts.findLast((one) => one.alertId === alertId && one.transition < transition);
    const rewrites = change === 'corrected' || change === 'retracted';
    return rewrites && before?.finality === 'confirmed' && finality !== 'confirmed';
  });
}

t.test('a vague fix after a silence ends neither the silence nor a gap', async (t) => {
  const day = await fold('f1.csv', EXAMPLE);
  t.same(
    day.alerts.filter(({ change }) => change === 'retracted'),
    [],
  );
  t.same(takenBack(day), []);
});

t.test('vague fixes two kilometres away cover nothing', async (t) => {
  const day = await fold('f2.csv', EXAMPLE);
  const inside = latestVisits(day.visits).filter(({ kind, place }) => kind === 'visit' && place === 'square');
  t.ok(
    inside.every(({ innerToMs }) => innerToMs !== null && innerToMs < at('09:29:00')),
    JSON.stringify(inside),
  );
});

t.test('two minutes of vague fixes make a unit that stands inside no weaker', async (t) => {
  for (const file of ['a.csv', 'a2.csv']) {
    const day = await fold(file, EXAMPLE);
    t.same(
      gapsOf(day).filter(({ place, fromMs }) => place === 'square' && fromMs < at('09:10:00')),
      [],
      file,
    );
  }
});

t.test('the doubt before a first fix stays what it was when the fix comes', async (t) => {
  const day = await fold('b.csv', EX2);
  t.same(takenBack(day), []);
  const raised = day.alerts.filter(({ change }) => change === 'raised');
  t.ok(raised.length > 0);
  t.same(
    day.alerts.filter(
      ({ change, certainty, cause }) => change === 'corrected' && certainty === 'uncovered' && cause === 'late-data',
    ),
    [],
    'nothing of the past becomes more certain',
  );
});

t.test(
  'the same fixes in another order come to the same verdicts and certainty, and nothing confirmed is taken back',
  async (t) => {
    for (const name of ['d4_c', 'e']) {
      const [event, delay] = [await fold(`${name}_event.csv`, EX2), await fold(`${name}_delay.csv`, EX2)];
      const verdicts = (day: Day): object[] =>
        gapsOf(day)
          .filter(({ condition }) => condition !== 'retracted')
          .map(({ rule, place, fromMs, toMs, certainty, episodes }) => ({
            rule,
            place,
            fromMs,
            toMs,
            certainty,
            episodes,
          }))
          .sort((a, b) => a.fromMs - b.fromMs || ((a.place ?? '') < (b.place ?? '') ? -1 : 1));
      t.same(verdicts(delay), verdicts(event), name);
      t.same([...takenBack(event), ...takenBack(delay)], [], name);
    }
  },
);

t.test('three fixes that say that they are kilometres unsure make no visit', async (t) => {
  const { visits } = await fold('g.csv', EXAMPLE);
  t.same(visits, []);
});
