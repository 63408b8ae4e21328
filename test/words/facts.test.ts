import t from 'tap';
import type { AlertChange, AlertEvidence, AlertRule, AlertVersion } from '../../src/model/alert.js';
import { at, Bench, checkpointGap, circle, MINUTE, plan, T0, unit } from '../engine/support.js';
import { sentenceOf } from '../../src/protocol/words/sentence.js';
import { playDay } from './day.js';

// What sentences are made of: the engine finds it and puts it into the versions.

const DAY = playDay();

function evidenceOf(rule: AlertRule, change: AlertChange, unitId: string | null = null): AlertEvidence | undefined {
  const found = DAY.find(
    (one) => one.rule === rule && one.change === change && (unitId === null || one.unit === unitId),
  );
  return found?.evidence;
}

t.test('a version says what ended its condition, and how it began', async (t) => {
  t.match(evidenceOf('checkpoint-gap', 'cleared'), { ending: 'arrival', byUnit: 'm306' });
  t.match(evidenceOf('dwell-long', 'cleared'), { ending: 'movement' });
  t.match(evidenceOf('tracker-silence', 'cleared'), { ending: 'report' });
  t.match(evidenceOf('tracker-useless', 'cleared'), { ending: 'report' });
  t.match(evidenceOf('network-outage', 'cleared'), { ending: 'report' });
  for (const { change, evidence } of DAY) if (change === 'raised') t.notOk('ending' in evidence);
  t.match(evidenceOf('tracker-silence', 'raised', 'm302'), { sinceDutyStart: true });
  t.notOk('sinceDutyStart' in (evidenceOf('tracker-silence', 'raised', 'm304') ?? {}));
});

t.test('a silence since a plan took effect is not said to be one since the duty began', async (t) => {
  const first = plan({ places: [], units: [unit('car-1')], rules: [] });
  const bench = new Bench(first);
  const inForceFromMs = T0 + 12 * MINUTE;
  const rules = [
    { id: 'silence', kind: 'tracker-silence', severity: 'low', binds: 'always', units: ['car-1'] },
  ] as const;
  bench.append(bench.nowMs, { kind: 'plan', plan: { ...first, version: 2, inForceFromMs, rules } });
  bench.tickTo(T0 + 20 * MINUTE);
  const raised = bench.alerts.find(({ rule }) => rule === 'tracker-silence') as AlertVersion;
  t.match(raised, { change: 'raised', fromMs: inForceFromMs, evidence: { sinceDutyStart: true } });
  const { zh, en } = sentenceOf(raised, 'Asia/Shanghai');
  t.match(en, /^CAR-1 has not reported since the watch over it began at 08:12, /);
  t.match(zh, /^CAR-1自08:12纳入监测以来一直未上报位置，/);
});

t.test('a gap and a silence that their window ends say so', async (t) => {
  const endMs = T0 + 30 * MINUTE;
  const bench = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { duty: 'early' })],
      rules: [
        checkpointGap(['gate'], { binds: 'early' }),
        { id: 'silence', kind: 'tracker-silence', severity: 'low', binds: 'always', units: ['car-1'] },
      ],
      schedules: { early: [T0, endMs] },
    }),
  );
  bench.tickTo(endMs + MINUTE);
  const cleared = bench.alerts.filter(({ change }) => change === 'cleared');
  t.match(
    cleared.map(({ rule, toMs, evidence }) => [rule, toMs, evidence.ending]),
    [
      ['tracker-silence', endMs, 'window'],
      ['checkpoint-gap', endMs, 'window'],
    ],
  );
});

t.test('a gap tells units that do not report from those whose position is not certain', async (t) => {
  const unsure = DAY.filter(({ certainty, condition }) => certainty === 'unknown' && condition === 'active');
  t.match(unsure.find(({ place }) => place === 'hospital')?.evidence, {
    possibleUnits: ['m301'],
    unseenUnits: ['m301'],
  });
  const arrives = unsure.find(({ place }) => place === 'school')?.evidence;
  t.match(arrives, { possibleUnits: ['m306'] });
  t.notOk('unseenUnits' in (arrives ?? {}), 'it reports, and is about to be there');
});

t.test('a stand says where it is, an outage of the network how many were on duty', async (t) => {
  t.match(evidenceOf('dwell-long', 'raised'), { nearPlace: 'huanan', nearPlaceM: 60 });
  t.match(evidenceOf('network-outage', 'raised'), { units: ['m301', 'm302', 'm303', 'm304'], unitsOnDuty: 6 });
  t.equal(evidenceOf('network-outage', 'updated')?.units?.length, 5);
});

t.test('what becomes of an alert that an older fold told has names, and no sentence of that fold', async (t) => {
  for (const [alertVersion, change] of [
    [1, 'acknowledged'],
    [0, 'refused'],
  ] as const) {
    const bench = new Bench(
      plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] }),
    );
    bench.drive(T0 + 15 * MINUTE, { 'car-1': () => at(500) });
    const [alert] = [...bench.state.alerts.values()].flat();
    if (alert === undefined) throw new Error('nothing was found');
    const { names: _names, ...old } = alert.version;
    alert.version = { ...old, sentence: { zh: '旧话', en: 'Old words' } };
    bench.append(bench.nowMs, {
      kind: 'action',
      actionId: 'act-1',
      actor: 'li',
      action: 'acknowledge',
      alertId: old.alertId,
      alertVersion,
      comment: null,
      untilMs: null,
    });
    const last = bench.alerts.at(-1);
    t.match(last, { change, names: { places: { gate: { zh: '岗gate' } } } });
    t.notOk(last !== undefined && 'sentence' in last, change);
  }
});

t.test('a version names the places and units in it, those too that no plan has any more', async (t) => {
  const first = plan({
    places: [circle('gate', at(0), 100)],
    units: [unit('car-1'), unit('car-2')],
    rules: [checkpointGap(['gate'])],
  });
  const bench = new Bench(first);
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(0) });
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => at(500) });
  const names = {
    places: { gate: { kind: 'checkpoint', zh: '岗gate', en: 'Post gate' } },
    units: { 'car-1': 'CAR-1' },
  };
  t.match(bench.alerts.at(-1)?.names, names);
  const inForceFromMs = bench.nowMs + 2 * MINUTE;
  bench.append(bench.nowMs, {
    kind: 'plan',
    plan: { ...first, version: 2, inForceFromMs, places: [], units: [unit('car-2')], rules: [] },
  });
  bench.tickTo(inForceFromMs + 200 * MINUTE, MINUTE);
  const last = bench.alerts.at(-1) as AlertVersion;
  t.match(last, { change: 'confirmed', condition: 'cleared', names });
});
