import t from 'tap';
import { countersOf } from '../../src/engine/hot-view.js';
import type { AreaE7 } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { areaAround, at, Bench, checkpointGap, circle, fix, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const POST = at(0);

function bench(area: AreaE7 = areaAround(50_000)): Bench {
  const units = [unit('car-1')];
  const made = new Bench(plan({ places: [circle('gate', POST, 100)], units, rules: [checkpointGap(['gate'])], area }));
  made.tickTo(T0 + 1_000);
  return made;
}

/** What trackers do to a position that is right. */
const SPOILT: Readonly<Record<string, PositionE7>> = {
  'latitude and longitude swapped, where both are in range': { lngE7: POST.latE7, latE7: POST.lngE7 / 2 },
  'a tenth': { lngE7: Math.round(POST.lngE7 / 10), latE7: Math.round(POST.latE7 / 10) },
  'the sign of the longitude lost': { lngE7: -POST.lngE7, latE7: POST.latE7 },
  'the sign of the latitude lost': { lngE7: POST.lngE7, latE7: -POST.latE7 },
  '5,000 km away': at(-5_000_000),
};

for (const [what, position] of Object.entries(SPOILT)) {
  t.test(`a tracker that always says ${what} is nowhere: its post is unknown, not uncovered`, async (t) => {
    const made = bench();
    const here = made.nowMs;
    made.drive(T0 + 25 * MINUTE, { 'car-1': () => position });
    const car = made.state.units.get('car-1');
    t.equal(car?.head?.last, null, 'no position');
    t.same(car?.head?.places.size, 0, 'no place');
    const { admitted, flags } = countersOf(made.state);
    t.same({ admitted, flags: Object.keys(flags) }, { admitted: 0, flags: ['out-of-area'] });
    t.ok((car?.outOfAreaMs ?? 0) > here + 24 * MINUTE, 'when it last was is known');
    t.match(
      latest(made.alerts).filter(({ rule }) => rule === 'checkpoint-gap'),
      [{ certainty: 'unknown' }],
    );
  });
}

t.test('the edges of the area belong to it', async (t) => {
  const area = areaAround(50_000);
  const { westE7, southE7, eastE7, northE7 } = area;
  const within = [
    { lngE7: westE7, latE7: southE7 },
    { lngE7: eastE7, latE7: northE7 },
  ];
  const beyond = [
    { lngE7: westE7 - 1, latE7: southE7 },
    { lngE7: westE7, latE7: southE7 - 1 },
    { lngE7: eastE7 + 1, latE7: northE7 },
    { lngE7: eastE7, latE7: northE7 + 1 },
  ];
  for (const position of within) {
    const made = bench(area);
    made.send('car-1', fix(made.nowMs, position));
    made.tickTo(made.nowMs + 1_000);
    t.match(made.state.units.get('car-1'), { head: { last: position }, outOfAreaMs: null });
  }
  for (const position of beyond) {
    const made = bench(area);
    const sentMs = made.nowMs;
    made.send('car-1', fix(sentMs, position));
    made.tickTo(made.nowMs + 1_000);
    t.match(made.state.units.get('car-1'), { head: { last: null }, outOfAreaMs: sentMs });
  }
});

t.test('a position out of the area ends no visit and starts no run of outliers', async (t) => {
  const made = bench();
  made.drive(T0 + 5 * MINUTE, { 'car-1': () => POST });
  for (let i = 0; i < 3; i += 1) {
    made.send('car-1', fix(made.nowMs, at(200_000 + i)));
    made.tickTo(made.nowMs + 10_000);
  }
  made.drive(made.nowMs + 5 * MINUTE, { 'car-1': () => POST });
  const head = made.state.units.get('car-1')?.head;
  t.match(head?.places.get('gate')?.visits, [{ open: true, cut: false }]);
  t.equal(head?.places.get('gate')?.visits.length, 1);
  t.match(head?.counts, { outOfArea: 3, outlier: 0 });
});

t.test('the area of the plan in force at the event time counts (E3)', async (t) => {
  const made = bench(areaAround(10_000));
  const first = plan({ places: [circle('gate', POST, 100)], units: [unit('car-1')], rules: [] });
  const nextMs = made.nowMs + 5 * MINUTE;
  made.append(made.nowMs, {
    kind: 'plan',
    plan: { ...first, version: 2, inForceFromMs: nextMs, area: areaAround(30_000) },
  });
  made.tickTo(nextMs + MINUTE);
  made.send('car-1', fix(nextMs - 1, at(20_000)), fix(nextMs, at(20_001)));
  made.tickTo(made.nowMs + 1_000);
  t.match(made.state.units.get('car-1')?.head, { counts: { outOfArea: 1, admitted: 1 }, last: at(20_001) });
});
