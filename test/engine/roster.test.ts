import t from 'tap';
import { crewsOver, NO_ROSTER } from '../../src/engine/plan/roster.js';
import { fewestWithin, shortWithin } from '../../src/engine/rules/strength/counted.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { RosterEntry } from '../../src/model/log-entry.js';
import type { DutyStrengthRule } from '../../src/model/plan.js';
import type { Roster, RosterShift } from '../../src/model/roster.js';
import { at, Bench, circle, dutyRule, HOUR, MINUTE, plan, said, strengthRule, T0, unit } from './support.js';
import { latest, random } from './verdicts.js';

const there = () => at(0);
const both = { 'car-1': there, 'car-2': there };

function benchOf(rule: Partial<DutyStrengthRule> = {}): Bench {
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { crewCount: 4 }), unit('car-2', { crewCount: 3 })],
      rules: [
        dutyRule(['car-1', 'car-2'], { atLeast: 7, counts: 'officers', ...rule }),
        strengthRule(['gate'], { atLeast: 7, counts: 'officers', id: 'gate' }),
      ],
    }),
  );
}

const officers = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `p${String(first + i).padStart(4, '0')}`);
const shift = (unitId: string, fromMin: number, toMin: number, ids: readonly string[]): RosterShift => ({
  unit: unitId,
  fromMs: T0 + fromMin * MINUTE,
  toMs: T0 + toMin * MINUTE,
  officers: ids,
});

let made = 0;
function roster(fromMin: number, toMin: number, ...shifts: readonly RosterShift[]): RosterEntry {
  made += 1;
  const [fromMs, toMs] = [T0 + fromMin * MINUTE, T0 + toMin * MINUTE];
  return { kind: 'roster', rosterId: `roster-${made}`, actor: 'li', reason: 'week 49', fromMs, toMs, shifts };
}

/** Of both rules: in the district and at a gate the same officers are there. */
const active = (bench: Bench) => latest(bench.alerts).filter(({ condition }) => condition === 'active');

t.test('the officers of a shift count for its time, and the crews of the plan before and after', async (t) => {
  const bench = benchOf();
  bench.drive(T0 + 10 * MINUTE, both);
  t.same(active(bench), []);
  const six = [shift('car-1', 20, 60, officers(1, 4)), shift('car-2', 20, 60, officers(5, 2))];
  bench.append(bench.nowMs, roster(20, 60, ...six));
  bench.drive(T0 + 30 * MINUTE, both);
  t.match(active(bench), [
    {
      rule: 'strength',
      fromMs: T0 + 20 * MINUTE,
      certainty: 'uncovered',
      evidence: { strength: { present: 6, atMost: 6 } },
    },
    { rule: 'duty-strength', fromMs: T0 + 20 * MINUTE, atMs: T0 + 22 * MINUTE, certainty: 'uncovered' },
  ]);
  t.equal(active(bench).length, 2);
  bench.drive(T0 + 65 * MINUTE, both);
  t.same(active(bench), []);
  t.match(
    latest(bench.alerts).slice(-2),
    [{ toMs: T0 + 60 * MINUTE }, { toMs: T0 + 60 * MINUTE }],
    'the plan counts again',
  );
});

t.test('a crew that changes within a presence cuts it there', async (t) => {
  const bench = benchOf();
  const shifts = [
    shift('car-1', 5, 30, officers(1, 4)),
    shift('car-1', 30, 40, officers(11, 3)),
    shift('car-1', 40, 90, officers(21, 5)),
    shift('car-2', 5, 90, officers(31, 3)),
  ];
  bench.append(bench.nowMs, roster(5, 90, ...shifts));
  bench.drive(T0 + 50 * MINUTE, both);
  const told = latest(bench.alerts).filter(({ rule, fromMs }) => rule === 'duty-strength' && fromMs > T0);
  t.match(told, [
    { fromMs: T0 + 30 * MINUTE, toMs: T0 + 40 * MINUTE, certainty: 'uncovered', evidence: { ending: 'arrival' } },
  ]);
});

t.test('an officer on two vehicles is one', async (t) => {
  const bench = benchOf();
  const twice = [shift('car-1', 5, 90, officers(1, 4)), shift('car-2', 5, 90, officers(4, 4))];
  bench.append(bench.nowMs, roster(5, 90, ...twice));
  bench.drive(T0 + 20 * MINUTE, both);
  t.same(active(bench), [], 'seven of eight');
  const more = [shift('car-1', 30, 90, officers(1, 4)), shift('car-2', 30, 90, officers(3, 4))];
  bench.append(bench.nowMs, roster(30, 90, ...more));
  bench.drive(T0 + 40 * MINUTE, both);
  t.match(active(bench), [{ fromMs: T0 + 30 * MINUTE, evidence: { strength: { present: 6 } } }, {}]);
});

t.test('a unit that the roster lacks is no shortfall: it is said, and its crew of the plan may be there', async (t) => {
  const bench = benchOf();
  bench.append(bench.nowMs, roster(5, 90, shift('car-1', 5, 90, officers(1, 4))));
  bench.drive(T0 + 20 * MINUTE, both);
  const [first] = active(bench);
  t.match(first, {
    certainty: 'unknown',
    evidence: { strength: { present: 4, atMost: 7 }, unrostered: ['car-2'] },
  });
  t.match(said(first)?.zh, /排班表未列CAR-2的人员/);
  t.match(said(first)?.en, /the roster names no crew for CAR-2/);
  bench.drive(T0 + 40 * MINUTE, { 'car-1': there });
  bench.drive(T0 + 60 * MINUTE, { 'car-1': there });
  t.match(
    active(bench)[0],
    { certainty: 'uncovered', evidence: { strength: { present: 4, atMost: 4 } } },
    'without it there are too few',
  );
});

t.test('a roster counts from its log time on, and never earlier', async (t) => {
  const bench = benchOf();
  bench.drive(T0 + 30 * MINUTE, both);
  const late = [shift('car-1', 0, 60, officers(1, 1)), shift('car-2', 0, 60, officers(2, 1))];
  const loggedMs = bench.nowMs;
  bench.append(loggedMs, roster(0, 60, ...late));
  bench.drive(T0 + 40 * MINUTE, both);
  t.match(active(bench), [{ fromMs: loggedMs }, { fromMs: loggedMs }]);
  t.same(
    latest(bench.alerts).filter(
      ({ fromMs, condition }) => fromMs > T0 && fromMs < loggedMs && condition !== 'retracted',
    ),
    [],
  );
  const { roster: before } = bench.state;
  const repeat = bench.log.find(({ entry }) => entry.kind === 'roster')?.entry;
  if (repeat === undefined) throw new Error('no roster');
  bench.append(bench.nowMs, repeat);
  t.equal(bench.state.roster, before, 'a repeat changes nothing');
  bench.append(bench.nowMs, roster(0, 20));
  t.equal(bench.state.roster, before, 'nor does one whose time is over');
});

t.test('what is past of a roster is forgotten, and what is restored is the same', async (t) => {
  const bench = benchOf();
  bench.append(
    bench.nowMs,
    roster(5, 90, shift('car-1', 5, 90, officers(1, 4)), shift('car-2', 5, 90, officers(5, 3))),
  );
  bench.append(bench.nowMs, roster(300, 600, shift('car-1', 300, 600, officers(1, 4))));
  bench.drive(T0 + 4 * HOUR, both);
  const dump = dumpState(bench.state);
  t.same(dumpState(restoreState(dump)), dump);
  t.same(
    bench.state.roster.shifts.map(({ fromMs }) => fromMs),
    [T0 + 300 * MINUTE],
  );
  bench.drive(T0 + 13 * HOUR, both);
  t.same(bench.state.roster, NO_ROSTER);
  t.equal(bench.state.lastRoster, null);
});

const SEED = 20261202;

t.test(`seed ${SEED}: crews are those that one finds by looking at each second`, async (t) => {
  const next = random(SEED);
  for (let run = 0; run < 200; run += 1) {
    const bench = benchOf();
    const at0 = Math.floor(next() * 30);
    const reference = new Map<number, readonly string[] | null>();
    for (let i = 0; i < 3; i += 1) {
      const fromMin = at0 + Math.floor(next() * 40);
      const toMin = fromMin + 1 + Math.floor(next() * 40);
      const shifts: RosterShift[] = [];
      for (let min = fromMin; min < toMin; ) {
        const endMin = Math.min(toMin, min + 1 + Math.floor(next() * 20));
        if (next() < 0.7) shifts.push(shift('car-1', min, endMin, officers(100 * i + min, 1 + Math.floor(next() * 3))));
        min = endMin;
      }
      bench.append(bench.nowMs + Math.floor(next() * 8) * MINUTE, roster(fromMin, toMin, ...shifts));
      for (let min = 0; min < 120; min += 1) {
        const ms = T0 + min * MINUTE;
        if (ms < bench.nowMs || min < fromMin || min >= toMin) continue;
        reference.set(min, shifts.find((one) => ms >= one.fromMs && ms < one.toMs)?.officers ?? []);
      }
    }
    const crews = crewsOver(bench.state.roster, 'car-1', T0, T0 + 120 * MINUTE);
    t.equal(crews[0]?.fromMs, T0);
    t.ok(crews.every(({ fromMs, toMs }, i) => fromMs < toMs && (crews[i + 1]?.fromMs ?? toMs) === toMs));
    const found = (min: number) =>
      crews.find(({ fromMs, toMs }) => T0 + min * MINUTE >= fromMs && T0 + min * MINUTE < toMs)?.officers ?? null;
    const wrong = Array.from({ length: 120 }, (_, min) => min).find(
      (min) => JSON.stringify(found(min)) !== JSON.stringify(reference.get(min) ?? null),
    );
    if (wrong !== undefined) t.same(found(wrong), reference.get(wrong) ?? null, `run ${run}, minute ${wrong}`);
  }
});

t.test('those who are named count once, those who are not are added', async (t) => {
  const none: Roster = NO_ROSTER;
  t.same(crewsOver(none, 'car-1', 5, 9), [{ fromMs: 5, toMs: 9, officers: null }]);
  const spans = [
    { fromMs: 0, toMs: 20, counts: 0, officers: ['a', 'b'] },
    { fromMs: 10, toMs: 30, counts: 0, officers: ['b', 'c'] },
    { fromMs: 0, toMs: 30, counts: 1 },
  ];
  t.same(shortWithin(spans, 3, 0, 40), [30, 40]);
  t.same(shortWithin(spans, 4, 0, 30), [0, 10, 20, 30]);
  t.equal(fewestWithin(spans, 10, 20), 4);
});
