import t from 'tap';
import { rulerAt } from '../../src/geo/ruler.js';
import type { CompiledPlan, PlanPlace } from '../../src/model/plan.js';
import { judgeDay, type Verdicts } from '../../src/simulator/doubts.js';
import { keepsClear, pointBetween, shifted } from '../../src/simulator/ground.js';
import { type Path, stateAt } from '../../src/simulator/path.js';
import { createPatrolMap } from '../../src/simulator/patrol-map.js';
import type { Hole } from '../../src/simulator/periods.js';
import { presenceOf } from '../../src/simulator/presence.js';
import { merged, uncovered } from '../../src/simulator/spans.js';
import { PresenceTable, trueStands, trueVisits } from '../../src/simulator/truth.js';

const MINUTE = 60_000;
const CENTRE = { lngE7: 1_160_600_000, latE7: 242_700_000 };
const RULER = rulerAt(CENTRE.latE7);
const at = (eastM: number, northM = 0) => shifted(RULER, CENTRE, eastM, northM);

const POST: PlanPlace = {
  id: 'post',
  kind: 'checkpoint',
  name: { zh: '岗', en: 'Post' },
  shape: { type: 'circle', center: CENTRE, radiusM: 100 },
  stopAllowed: false,
  tier: 1,
};
/** One post, one car, two hours: the limit of the gap is 20 minutes, of the visit 10, of the stand 25. */
const PLAN: CompiledPlan = {
  district: 'test',
  name: { zh: '', en: '' },
  timeZone: 'UTC',
  version: 1,
  inForceFromMs: 0,
  sourceSha256: '',
  expandedFromMs: 0,
  expandedToMs: 120 * MINUTE,
  ruler: RULER,
  places: [POST],
  units: [
    {
      id: 'car',
      callsign: '',
      kind: 'car',
      group: 'g',
      crewCount: 1,
      tracker: 'bd',
      expectedIntervalMs: 10_000,
      duty: 'always',
    },
  ],
  rules: [
    {
      id: 'gap',
      kind: 'checkpoint-gap',
      severity: 'high',
      binds: 'always',
      places: ['post'],
      thresholdMs: 18 * MINUTE,
      graceMs: 2 * MINUTE,
      minPresenceMs: 0,
      unitKinds: ['car'],
    },
    { id: 'short', kind: 'dwell-short', severity: 'low', binds: 'always', places: ['post'], minVisitMs: 10 * MINUTE },
    { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units: ['car'], maxStandMs: 25 * MINUTE },
  ],
  schedules: { always: [0, 120 * MINUTE] },
};
const WHOLE = { fromMs: 0, toMs: 120 * MINUTE };

/** Stands at each distance east of the post's middle for so many minutes, and drives between them in half a minute. */
function pathOf(stands: readonly (readonly [eastM: number, minutes: number])[]): Path {
  const legs: Path['legs'][number][] = [];
  let ms = 0;
  stands.forEach(([eastM, minutes], index) => {
    const before = stands[index - 1];
    if (before !== undefined) {
      legs.push({ fromMs: ms, toMs: ms + MINUTE / 2, from: at(before[0]), to: at(eastM), activity: 'transit' });
      ms += MINUTE / 2;
    }
    legs.push({ fromMs: ms, toMs: ms + minutes * MINUTE, from: at(eastM), to: at(eastM), activity: 'area' });
    ms += minutes * MINUTE;
  });
  return { unit: 'car', fromMs: 0, toMs: ms, legs };
}

function judge(
  stands: readonly (readonly [number, number])[],
  meant: { holes?: Hole[]; short?: number; long?: number },
): Verdicts {
  const map = createPatrolMap(PLAN, 1);
  const paths = [pathOf(stands)];
  const table = new PresenceTable(map, paths, WHOLE.toMs);
  const visits = trueVisits(map, table);
  const longStands = trueStands(map, paths, WHOLE.toMs);
  const { holes = [], short = 0, long = 0 } = meant;
  return judgeDay(map, table, visits, longStands, WHOLE, { holes, shortStays: short, longStands: long });
}

t.test('presence is exact: the crossing of a circle by its middle', async (t) => {
  const path = pathOf([
    [-1_000, 1],
    [1_000, 1],
  ]);
  // 2,000 m in 30 s: the circle's edge is reached after 900 m and left after 1,100 m.
  const [span, ...more] = presenceOf(RULER, path, POST.shape, 0, WHOLE.toMs);
  t.equal(more.length, 0);
  t.ok(Math.abs((span?.fromMs ?? 0) - (MINUTE + 13_500)) <= 2, `enters at ${span?.fromMs}`);
  t.ok(Math.abs((span?.toMs ?? 0) - (MINUTE + 16_500)) <= 2, `leaves at ${span?.toMs}`);
  t.same(
    presenceOf(RULER, path, POST.shape, 0, MINUTE + 15_000)[0]?.toMs,
    MINUTE + 15_000,
    'no further than asked for',
  );
  t.same(presenceOf(RULER, path, POST.shape, -100.5, WHOLE.toMs), [], 'deeper than it is');
  const state = stateAt(RULER, path, MINUTE + 15_000);
  t.ok(Math.abs(state.speedMps - 2_000 / 30) < 0.1);
  t.equal(Math.round(state.courseDeg ?? -1), 90);
  t.equal(stateAt(RULER, path, 5).courseDeg, null, 'a stand has no course');
});

/** What the doubts say of one kind of verdict; the days here are too short to be right in every one. */
function doubts(verdicts: Verdicts, about: 'absence' | 'visit' | 'stand'): string[] {
  const words = { absence: /alone/, visit: /short visit/, stand: /stood|stands/ };
  return verdicts.doubts.filter((doubt) => words[about].test(doubt));
}

t.test('an absence is fine, doubtful or meant', async (t) => {
  const absent = (minutes: number): (readonly [number, number])[] => [
    [0, 50],
    [1_000, minutes],
    [0, 120],
  ];
  t.same(doubts(judge(absent(10), {}), 'absence'), []);
  t.match(doubts(judge(absent(17), {}), 'absence'), [/^post .* alone for 90 % of the limit/]);
  const rule = createPatrolMap(PLAN, 1).gapRules[0] as Hole['rule'];
  const hole: Hole = { rule, place: POST, fromMs: 50 * MINUTE, toMs: 75 * MINUTE };
  const alone = judge(absent(24), { holes: [hole] });
  t.same(doubts(alone, 'absence'), []);
  t.equal(alone.absences.length, 1);
  t.ok(Math.abs((alone.absences[0]?.fromMs ?? 0) - (50 * MINUTE + 3_000)) < 10, 'from the edge of the circle');
  t.match(doubts(judge(absent(24), {}), 'absence'), [/alone for/, /1 places left alone, 0 meant/]);
  t.match(
    doubts(judge(absent(20), { holes: [hole] }), 'absence'),
    [/doubtful bounds/],
    'perhaps too short to raise anything',
  );
  const grazed = judge(
    [
      [0, 50],
      [101, 25],
      [0, 120],
    ],
    { holes: [hole], short: 0 },
  );
  t.match(grazed.doubts.join(' '), /doubtful bounds/, 'a car in the buffer of the fence may be seen as there');
});

t.test('a visit is fine, doubtful or short', async (t) => {
  const visit = (minutes: number): (readonly [number, number])[] => [
    [1_000, 5],
    [0, minutes],
    [1_000, 5],
    [0, 90],
  ];
  const about = (minutes: number, short: number): string[] => doubts(judge(visit(minutes), { short }), 'visit');
  t.same(about(0.3, 0), [], 'a pass is no visit');
  t.match(about(0.9, 0), [/perhaps a short visit/], 'near the least that counts');
  t.equal(judge(visit(5), {}).shortVisits.length, 1);
  t.same(about(5, 1), []);
  t.match(about(5, 0), [/1 short visits, 0 meant/]);
  t.match(about(9.5, 0), [/perhaps a short visit/], 'near the least length');
  t.same(about(12, 0), []);
});

t.test('a stand is fine, doubtful or long', async (t) => {
  const about = (minutes: number, long: number): string[] => {
    const stands = [
      [0, 60],
      [900, 5],
      [0, 15],
      [900, minutes],
    ] as const;
    return doubts(judge(stands, { long }), 'stand');
  };
  t.same(about(15, 0), []);
  t.match(about(22, 0), [/car perhaps stood too long/]);
  t.match(about(26, 1), [/perhaps stood too long/, /0 long stands, 1 meant/]);
  t.same(about(30, 1), []);
  t.match(about(30, 0), [/1 long stands, 0 meant/]);
  t.same(doubts(judge([[0, 120]], {}), 'stand'), [], 'at a checkpoint that a rule asks for it may stand');
});

t.test('ways that keep clear', async (t) => {
  t.equal(keepsClear(RULER, POST.shape, at(-500, 150), at(500, 150), 40, false), true);
  t.equal(keepsClear(RULER, POST.shape, at(-500, 150), at(500, 150), 60, false), false);
  t.equal(keepsClear(RULER, POST.shape, at(0), at(500), 50, false), false);
  t.equal(keepsClear(RULER, POST.shape, at(0), at(500), 50, true), true, 'leaving');
  t.equal(keepsClear(RULER, POST.shape, at(500), at(0), 50, true), false, 'coming');
  t.same(pointBetween(at(0), at(100), 0.5), at(50));
});

t.test('spans', async (t) => {
  t.same(
    merged(
      [
        { fromMs: 5, toMs: 9 },
        { fromMs: 0, toMs: 3 },
      ],
      2,
    ),
    [
      { fromMs: 0, toMs: 3 },
      { fromMs: 5, toMs: 9 },
    ],
  );
  t.same(
    merged(
      [
        { fromMs: 5, toMs: 9 },
        { fromMs: 0, toMs: 3 },
      ],
      3,
    ),
    [{ fromMs: 0, toMs: 9 }],
  );
  t.same(
    uncovered({ fromMs: 0, toMs: 10 }, [
      { fromMs: -5, toMs: 2 },
      { fromMs: 4, toMs: 12 },
    ]),
    [{ fromMs: 2, toMs: 4 }],
  );
  t.same(uncovered({ fromMs: 0, toMs: 10 }, []), [{ fromMs: 0, toMs: 10 }]);
});
