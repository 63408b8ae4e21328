import t from 'tap';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import { at, Bench, circle, fix, HOUR, MINUTE, plan, said, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const call = (ms: number, more: Partial<Fix> = {}): Fix => fix(ms, at(150), { sos: true, ...more });
const calm = (ms: number, more: Partial<Fix> = {}): Fix => fix(ms, at(150), { sos: false, ...more });

/** A car that has driven to 150 m from the gate, and then calls with these fixes, the last of which has `sos`. */
function calledAfterDriving(made: (nowMs: number) => readonly Fix[]): AlertVersion[] {
  const { lngE7, latE7 } = at(0);
  const area = { westE7: lngE7 - 2e5, eastE7: lngE7 + 2e5, southE7: latE7 - 2e5, northE7: latE7 + 2e5 };
  const bench = new Bench({
    ...plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }),
    area,
  });
  bench.drive(T0 + 10 * MINUTE, { 'car-1': () => at(150) });
  for (const one of made(bench.nowMs)) {
    if (one.eventTimeMs < bench.nowMs + 2 * MINUTE) bench.tickTo(Math.max(bench.nowMs, one.eventTimeMs), 1_000);
    bench.send('car-1', one);
  }
  return latest(bench.alerts).filter(({ rule }) => rule === 'sos');
}

/** As the position is told: metres from the gate to the east, age and accuracy; and of the doubted one. */
function told([alert]: readonly AlertVersion[]): object {
  const { position, positionAgeMs, doubtedPosition, outOfArea, nearPlace, ageMs, clockOffsetMs } =
    alert?.evidence ?? {};
  const east = ({ lng }: { lng: number }): number =>
    Math.round((1e4 * (lng * 1e7 - at(0).lngE7)) / (at(1e4).lngE7 - at(0).lngE7));
  return {
    ...(position === undefined ? {} : { eastM: east(position), sigmaM: position.sigmaM }),
    ...(doubtedPosition === undefined ? {} : { doubtedM: east(doubtedPosition) }),
    ...Object.fromEntries(
      Object.entries({ positionAgeMs, outOfArea, nearPlace, ageMs, clockOffsetMs }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  };
}

const GATE = { nearPlace: 'gate' };
const OWN_FIXES: Readonly<
  Record<string, { readonly fixes: (nowMs: number) => readonly Fix[]; readonly told: object }>
> = {
  'its own good fix': {
    fixes: (ms) => [call(ms + 1_000, { hdopCenti: 200 })],
    told: { eastM: 150, sigmaM: 10, ...GATE },
  },
  'a fifth copy of an instant, of which four are held, where the others are': {
    fixes: (ms) => [...[0, 1, 2, 3].map((i) => calm(ms + 1_000, { position: at(140 + i) })), call(ms + 1_000)],
    told: { eastM: 150, sigmaM: 5, ...GATE },
  },
  'a fifth copy of an instant, 3 km from where the others are': {
    fixes: (ms) => [
      ...[0, 1, 2, 3].map((i) => calm(ms + 1_000, { position: at(140 + i) })),
      call(ms + 1_000, { position: at(3_000), hdopCenti: 200 }),
    ],
    told: { eastM: 140, sigmaM: 5, doubtedM: 3_000, positionAgeMs: 0, ...GATE },
  },
  'a fix that is too dense': {
    fixes: (ms) => [...[1, 2, 3, 4].map((i) => calm(ms + i)), call(ms + 5, { position: at(151) })],
    told: { eastM: 151, sigmaM: 5, ...GATE },
  },
  'a fix outside the area that can be reached': {
    fixes: (ms) => [
      ...[1, 2, 3].map((i) => calm(ms + i * 20_000, { position: at(150 + 600 * i) })),
      call(ms + 80_000, { position: at(2_550) }),
    ],
    told: { eastM: 2_550, sigmaM: 5, outOfArea: true },
  },
  'a fix thousands of kilometres outside the area': {
    fixes: (ms) => [call(ms + 19_000, { position: at(5_000_000) })],
    told: { eastM: 150, sigmaM: 5, doubtedM: 5_000_002, positionAgeMs: 20_000, ...GATE },
  },
  'a fix that it cannot have reached': {
    fixes: (ms) => [call(ms + 9_000, { position: at(1_900) })],
    told: { eastM: 150, sigmaM: 5, doubtedM: 1_900, positionAgeMs: 10_000, ...GATE },
  },
  'a fix without a position': {
    fixes: (ms) => [call(ms + 9_000, { position: null })],
    told: { eastM: 150, sigmaM: 5, positionAgeMs: 10_000, ...GATE },
  },
  'a fix without a position, after one that it cannot have reached': {
    fixes: (ms) => [calm(ms + 1_000, { position: at(1_900) }), call(ms + 9_000, { position: null })],
    told: { eastM: 150, sigmaM: 5, positionAgeMs: 10_000, ...GATE },
  },
  'a fix that is later than the horizon, which nothing before it speaks against': {
    fixes: (ms) => [call(ms - HORIZON_MS - MINUTE, { position: at(1_900) })],
    told: { eastM: 1_900, sigmaM: 5, ageMs: HORIZON_MS + MINUTE },
  },
  'a fix that is later than the horizon, without a position': {
    fixes: (ms) => [call(ms - HORIZON_MS - MINUTE, { position: null })],
    told: { ageMs: HORIZON_MS + MINUTE },
  },
  'a fix from a clock that is ahead': {
    fixes: (ms) => [call(ms + 8 * HOUR)],
    told: { eastM: 150, sigmaM: 5, clockOffsetMs: 8 * HOUR, ...GATE },
  },
  'a fix from a clock that is ahead, that it cannot have reached': {
    fixes: (ms) => [call(ms + 8 * HOUR, { position: at(1_900) })],
    told: { eastM: 150, sigmaM: 5, doubtedM: 1_900, positionAgeMs: 1_000, clockOffsetMs: 8 * HOUR, ...GATE },
  },
};

for (const [name, { fixes, told: expected }] of Object.entries(OWN_FIXES)) {
  t.test(`a call says where the unit is, and how surely, as far as that can be believed: ${name}`, async (t) => {
    const alerts = calledAfterDriving(fixes);
    t.match(alerts, [{ condition: 'active', change: 'raised', severity: 'high' }]);
    t.equal(alerts.length, 1);
    t.match(told(alerts), expected);
  });
}

t.test('a position that cannot be believed is told beside the last one that can', async (t) => {
  const [alert] = calledAfterDriving((ms) => [call(ms + 9_000, { position: at(1_900) })]);
  t.match(said(alert), {
    zh: /，求助时的定位（东经116\.\d{5}度、北纬24\.27\d{3}度）不可信，求助前10秒距岗gate岗点约50米（误差约5米），请/,
    en: /; its position at the call \(116\.\d{5} E, 24\.27\d{3} N\) cannot be believed; 10 s before it was about 50 m from Post gate \(accurate to about 5 m\);/,
  });
});
