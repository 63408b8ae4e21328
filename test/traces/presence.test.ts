import t from 'tap';
import type { FixHistory, FixQuery, LoggedFix } from '../../src/log/fix-history.js';
import { compareLogged, StretchIndex } from '../../src/log/fix-history.js';
import type { Fix } from '../../src/model/fix.js';
import { LOG_START } from '../../src/model/log-id.js';
import type { Shape } from '../../src/model/plan.js';
import type { AreaPresence } from '../../src/model/trace.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { readPresence } from '../../src/traces/presence-query.js';
import type { RecordSource } from '../../src/traces/query.js';
import { at, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import { presenceOracle } from './presence-oracle.js';

const SEED = 20_261_129;
const UNITS = ['car-1', 'car-2', 'car-3'];
const PLAN = plan({ places: [], rules: [], units: UNITS.map((id) => unit(id)) });

/** Fixes in memory, as a history. */
function sourceOf(byUnit: ReadonlyMap<string, readonly Fix[]>, nowMs = T0 + 100 * HOUR): RecordSource {
  const open = async ({ stretches }: FixQuery) => ({
    upTo: LOG_START,
    goneBeforeMs: null,
    deleted: [],
    clear: new Set<number>(),
    batches: async function* () {
      const index = new StretchIndex(stretches);
      const rows: LoggedFix[] = [];
      for (const [id, fixes] of byUnit) {
        for (const [ordinal, one] of fixes.entries()) {
          const stretch = index.find(`t-${id}`, one.eventTimeMs);
          if (stretch !== null) rows.push({ stretch, logId: LOG_START, place: 0, ordinal, fix: one });
        }
      }
      yield rows.sort(compareLogged);
    },
  });
  const fixes: FixHistory = { estimate: async () => ({ rows: 0, bytes: 0 }), open };
  return { fixes, plansSince: async () => ({ plans: [PLAN], fromMs: 0 }), nowMs: () => nowMs };
}

async function ask(source: RecordSource, shape: Shape, fromMs: number, toMs: number): Promise<AreaPresence[]> {
  const { units } = await readPresence(source, { area: { shape }, units: null, fromMs, toMs, after: null });
  const rows: AreaPresence[] = [];
  for await (const one of units) rows.push(...one.rows);
  return rows;
}

function drawShape(random: Random): Shape {
  const [east, north] = [random.integer(-400, 400), random.integer(-400, 400)];
  const kind = random.integer(0, 2);
  if (kind === 0) return { type: 'circle', center: at(east, north), radiusM: random.integer(20, 500) };
  const corners = random.integer(3, 12);
  const line = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners;
    const radiusM = random.integer(60, 700);
    const { lngE7, latE7 } = at(east + radiusM * Math.cos(angle), north + radiusM * Math.sin(angle));
    return [lngE7, latE7];
  }).flat();
  return kind === 1 ? { type: 'polygon', rings: [line] } : { type: 'corridor', lines: [line], corridorM: 40 };
}

/** A drive about the middle with holes of every length, vague and useless fixes, jumps, conflicts and repeats. */
function drawDrive(random: Random): Fix[] {
  const fixes: Fix[] = [];
  let [east, north] = [random.integer(-1_500, 1_500), random.integer(-1_500, 1_500)];
  let ms = T0 - random.integer(0, 50) * MINUTE;
  while (ms < T0 + 5 * HOUR) {
    ms += 10_000;
    if (random.chance(0.01)) ms += random.integer(10_000, random.chance(0.5) ? 150_000 : 7_000_000);
    if (random.chance(0.02))
      fixes.push(fix(ms - 5_000, at(random.integer(-3_000, 3_000), random.integer(-3_000, 3_000))));
    if (random.chance(0.02)) [east, north] = [random.integer(-3_000, 3_000), random.integer(-3_000, 3_000)];
    const speedM = random.chance(0.3) ? 0 : random.integer(0, 300);
    east += Math.max(-1, Math.min(1, -east / 1_500 + random.integer(-100, 100) / 100)) * speedM;
    north += Math.max(-1, Math.min(1, -north / 1_500 + random.integer(-100, 100) / 100)) * speedM;
    const position = at(east, north);
    const accuracyDm = random.chance(0.1) ? random.integer(60, 3_500) : null;
    const one = fix(ms, position, { accuracyDm });
    if (random.chance(0.05)) fixes.push(fix(ms, null));
    else fixes.push(one);
    if (random.chance(0.05)) fixes.push(one);
    if (random.chance(0.02)) fixes.push(fix(ms, at(east + random.integer(-400, 400), north)));
  }
  return fixes;
}

t.test('who was in an area is what a plain checker of its own says, instant by instant, on drawn drives', async (t) => {
  const seen = { inside: 0, possible: 0, unknown: 0, none: 0 };
  for (let round = 0; round < 10; round += 1) {
    const random = createRandom(SEED, 'presence', round);
    const byUnit = new Map(UNITS.map((id) => [id, drawDrive(random)]));
    const shape = drawShape(random);
    const range = { fromMs: T0 + random.integer(0, 90) * MINUTE, toMs: T0 + random.integer(120, 270) * MINUTE };
    const rows = await ask(sourceOf(byUnit), shape, range.fromMs, range.toMs);
    for (const id of UNITS) {
      const oracle = presenceOracle(byUnit.get(id) ?? [], shape, range);
      const own = rows.filter((row) => row.unit === id);
      const inside = own.filter(({ certainty }) => certainty === 'inside');
      t.equal(
        inside.reduce((sum, { fixes }) => sum + fixes, 0),
        oracle.insideFixes,
        `round ${round}, ${id}: fixes inside`,
      );
      const wrong: string[] = [];
      for (let atMs = range.fromMs + 1_003; atMs < range.toMs; atMs += 13_001) {
        const want = oracle.verdictAt(atMs);
        if (want === null) continue;
        const got = own.find((row) => row.fromMs <= atMs && row.toMs > atMs)?.certainty ?? 'none';
        seen[want] += 1;
        if (got !== want) wrong.push(`${new Date(atMs).toISOString()}: got ${got}, expected ${want}`);
      }
      t.strictSame(wrong.slice(0, 5), [], `round ${round}, ${id}, ${shape.type}`);
    }
  }
  t.comment(JSON.stringify(seen));
  for (const [verdict, count] of Object.entries(seen)) t.ok(count > 100, `${verdict}: ${count} instants`);
});

const GATE: Shape = { type: 'circle', center: at(0), radiusM: 100 };

/** Every 10 s from one minute to another. */
function reports(fromMin: number, toMin: number, eastM: number): Fix[] {
  return Array.from({ length: (toMin - fromMin) * 6 }, (_, i) => fix(T0 + fromMin * MINUTE + i * 10_000, at(eastM)));
}

function told(rows: readonly AreaPresence[]): string[] {
  const minute = (ms: number) => Math.round((ms - T0) / 6_000) / 10;
  return rows.map(({ certainty, cause, fromMs, toMs }) => `${certainty} ${cause} ${minute(fromMs)}-${minute(toMs)}`);
}

t.test('a visit is inside, its edges are possible, and a hole is shown as a hole', async (t) => {
  const drive = [...reports(0, 10, 2_000), ...reports(10, 20, 0), ...reports(20, 120, 2_000)];
  const rows = await ask(sourceOf(new Map([['car-1', drive]])), GATE, T0, T0 + HOUR);
  t.strictSame(told(rows.filter((row) => row.unit === 'car-1')), [
    'possible near 9.8-10',
    'inside fix 10-19.8',
    'possible near 19.8-20',
  ]);
  t.strictSame(told(rows.filter((row) => row.unit === 'car-2')), ['unknown hole 0-60'], 'nobody heard of it');

  const holed = [...reports(0, 10, 0), ...reports(100, 120, 20_000)];
  t.strictSame(told((await ask(sourceOf(new Map([['car-1', holed]])), GATE, T0, T0 + 2 * HOUR)).slice(0, 4)), [
    'inside fix 0-9.8',
    'possible hole 9.8-39.8',
    'unknown hole 39.8-70',
    'possible hole 70-94',
  ]);
});

t.test('a range that goes on into the future ends now, and what is not heard of yet is no hole', async (t) => {
  const nowMs = T0 + 10 * MINUTE + 5_000;
  const source = sourceOf(new Map([['car-1', reports(0, 10, 0)]]), nowMs);
  const rows = await ask(source, GATE, T0, T0 + HOUR);
  t.strictSame(told(rows.filter((row) => row.unit === 'car-1')), ['inside fix 0-9.8', 'possible near 9.8-10.1']);
});

t.test('the event loop goes round while thousands of units are answered of which nothing is read', async (t) => {
  const units = Array.from({ length: 2_048 }, (_, i) => unit(`car-${i}`));
  const source: RecordSource = {
    fixes: {
      estimate: async () => ({ rows: 0, bytes: 0 }),
      open: async ({ stretches }) => ({
        upTo: LOG_START,
        goneBeforeMs: null,
        deleted: [],
        clear: new Set(stretches.keys()),
        batches: async function* () {},
      }),
    },
    plansSince: async () => ({ plans: [plan({ places: [], rules: [], units })], fromMs: 0 }),
    nowMs: () => T0 + HOUR,
  };
  const area = { shape: { type: 'circle', center: at(0), radiusM: 100 } } as const;
  const answer = await readPresence(source, { area, units: null, fromMs: T0, toMs: T0 + MINUTE, after: null });
  let [rounds, answered] = [0, 0];
  const count = (): void => {
    rounds += 1;
    if (answered < units.length) setImmediate(count);
  };
  setImmediate(count);
  for await (const { rows } of answer.units) answered += rows.length === 0 ? 1 : 0;
  t.equal(answered, units.length);
  t.ok(rounds >= 4, `${rounds} rounds`);
});
