import t from 'tap';
import type { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { joinedFixes } from '../../src/archive/joined-fixes.js';
import { pointOf } from '../../src/engine/track/points.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import type { FixHistory } from '../../src/log/fix-history.js';
import type { Fix } from '../../src/model/fix.js';
import { MAX_FENCE_SIGMA_M } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import type { AreaPresence } from '../../src/model/trace.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { readPresence } from '../../src/traces/presence-query.js';
import { archiveLog } from '../archive/archived-log.js';
import { raw, testKeys } from '../archive/support.js';
import { areaAround, at, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';

const SEED = 20_261_130;
const UNITS = Array.from({ length: 12 }, (_, i) => `car-${String(i + 10)}`);
const INTERVAL_MS = 10_000;
/** Silence of such a tracker is longer than the doubt of a hole. */
const SLOW_INTERVAL_MS = 1_200_000;
const LOG_MS = 26 * HOUR;

/** How often a receiver is not what it should be. */
interface Habits {
  readonly hole: number;
  readonly vague: number;
  readonly jump: number;
  readonly late: number;
}

/** Positions of one unit about its home, each with the log time at which it came. */
function drawUnit(random: Random, habits: Habits): { readonly loggedMs: number; readonly fix: Fix }[] {
  const all: { loggedMs: number; fix: Fix }[] = [];
  const home = [random.integer(-4_000, 4_000), random.integer(-4_000, 4_000)] as const;
  let [east, north]: readonly number[] = home;
  let lateUntilMs = 0;
  for (let ms = T0; ms < T0 + LOG_MS; ms += INTERVAL_MS) {
    if (random.chance(habits.hole)) ms += random.integer(10_000, 4_000_000);
    if (random.chance(habits.late)) lateUntilMs = ms + random.integer(1, 40) * MINUTE;
    if (random.chance(habits.jump)) [east, north] = [random.integer(-4_000, 4_000), random.integer(-4_000, 4_000)];
    const pull = (from: number, to: number): number => from + random.integer(-120, 120) + (to - from) / 20;
    [east, north] = [pull(east, home[0]), pull(north, home[1])];
    const accuracyDm = random.chance(habits.vague) ? random.integer(900, 4_000) : null;
    const one = random.chance(habits.vague) ? fix(ms, null) : fix(ms, at(east, north), { accuracyDm });
    all.push({ loggedMs: Math.max(ms + 500, lateUntilMs), fix: one });
    if (random.chance(habits.jump)) all.push({ loggedMs: ms + 700, fix: fix(ms, at(east + 2_000, north)) });
  }
  return all;
}

/** One entry a minute of log time. */
function logOf(byUnit: ReadonlyMap<string, readonly { readonly loggedMs: number; readonly fix: Fix }[]>): RawEntry[] {
  const log: RawEntry[] = [];
  for (let ms = T0; ms < T0 + LOG_MS + HOUR; ms += MINUTE) {
    const batches = [...byUnit].map(([id, fixes]) => ({
      tracker: `t-${id}`,
      reportId: Buffer.from(`${ms}${id}`).subarray(-8).toString('hex'),
      fixes: fixes.filter(({ loggedMs }) => loggedMs >= ms && loggedMs < ms + MINUTE).map((one) => one.fix),
      rejected: [],
    }));
    const some = batches.filter(({ fixes }) => fixes.length > 0);
    const id = { ms: ms + MINUTE, seq: 0 };
    log.push(some.length === 0 ? raw(id, { kind: 'tick' }) : raw(id, { kind: 'fixes', batches: some }));
  }
  return log;
}

interface Asked {
  readonly plans: readonly CompiledPlan[];
  readonly units: readonly string[] | null;
  readonly center: PositionE7;
  readonly radiusM: number;
  readonly fromMs: number;
  readonly toMs: number;
}

async function ask(history: FixHistory, { plans, center, radiusM, ...asked }: Asked): Promise<AreaPresence[]> {
  const source = { fixes: history, plansSince: async () => ({ plans, fromMs: 0 }), nowMs: () => T0 + LOG_MS };
  const area = { shape: { type: 'circle', center, radiusM } } as const;
  const { units } = await readPresence(source, { area, after: null, ...asked });
  const all: AreaPresence[] = [];
  for await (const one of units) all.push(...one.rows);
  return all;
}

/** The history, and how many stretches its readings have left out. */
function counted(fixes: FixHistory): { readonly history: FixHistory; readonly left: () => number } {
  let left = 0;
  const open: FixHistory['open'] = async (query) => {
    const reading = await fixes.open(query);
    left += reading.clear.size;
    return reading;
  };
  return { history: { ...fixes, open }, left: () => left };
}

function planOf(expectedIntervalMs: number, more: Pick<CompiledPlan, 'area'> = {}): CompiledPlan {
  return plan({ places: [], rules: [], units: UNITS.map((id) => unit(id, { expectedIntervalMs })), ...more });
}

async function archiveOf(t: TestScope, habits: (i: number) => Habits): Promise<ArchiveFolder> {
  const random = createRandom(SEED, 'fleet');
  const byUnit = new Map(UNITS.map((id, i) => [id, drawUnit(random, habits(i))]));
  const folder = await temporaryFolder(t);
  const archive = await archiveLog({ folder, signer: testKeys().signer, log: logOf(byUnit), entriesPerPart: 200 });
  t.teardown(() => archive.close());
  return archive;
}

t.test(`seed ${SEED}: whoever is left out because it was away would have had no rows`, async (t) => {
  const random = createRandom(SEED);
  const archive = await archiveOf(t, (i) => {
    const often = i % 3 === 0 ? 0 : 0.0004;
    return { hole: often, vague: i % 3 === 2 ? 0.01 : 0, jump: often, late: 0.001 };
  });
  const fixes = joinedFixes({ district: 'example', archive, log: null });
  const { history, left } = counted(fixes);
  const reading: FixHistory = { ...fixes, open: ({ clearOf: _, ...query }) => fixes.open(query) };
  const area = areaAround(5_000);
  const plans = [planOf(INTERVAL_MS), planOf(INTERVAL_MS, { area }), planOf(SLOW_INTERVAL_MS)];
  let rows = 0;
  for (let i = 0; i < 180; i += 1) {
    const fromMs = T0 + random.integer(0, 26 * 60) * MINUTE;
    const toMs = fromMs + random.integer(1, 150) * MINUTE;
    const center = at(random.integer(-4_000, 4_000), random.integer(-4_000, 4_000));
    const radiusM = random.integer(50, 600);
    const asked = { plans: [random.pick(plans)], units: null, center, radiusM, fromMs, toMs };
    const expected = await ask(reading, asked);
    t.strictSame(await ask(history, asked), expected, `question ${i}`);
    rows += expected.length;
  }
  t.ok(left() > 450, `${left()} of ${180 * UNITS.length} units were not read`);
  t.ok(rows > 750, `${rows} rows`);
});

t.test('of one unit of many the fixes are read, unless the ways of all are in memory', async (t) => {
  const archive = await archiveOf(t, () => ({ hole: 0, vague: 0, jump: 0, late: 0 }));
  const { history, left } = counted(joinedFixes({ district: 'example', archive, log: null }));
  const [fromMs, toMs] = [T0 + 10 * HOUR, T0 + 10 * HOUR + MINUTE];
  const [one = ''] = UNITS;
  const asked = { plans: [planOf(INTERVAL_MS)], center: at(20_000, 20_000), radiusM: 100, fromMs, toMs };
  const leftOut = async (units: readonly string[] | null): Promise<number> => {
    const before = left();
    t.strictSame(await ask(history, { ...asked, units }), []);
    return left() - before;
  };
  t.equal(await leftOut([one]), 0);
  t.equal(await leftOut(null), UNITS.length);
  t.equal(await leftOut([one]), 1);
});

t.test('a position that a leg calls precise is one that the engine uses, and hardly off', async (t) => {
  const random = createRandom(SEED, 'precise');
  const maybe = (most: number): number | null => (random.chance(0.4) ? null : random.integer(0, most));
  const drawn = Array.from({ length: 400 }, (_, i) => {
    const position = random.chance(0.1) ? { lngE7: random.integer(-2_000, 2_000), latE7: 0 } : at(i);
    const [satellites, hdopCenti, accuracyDm] = [maybe(9), maybe(4_000), maybe(2_000)];
    const located = random.chance(0.3) ? null : random.chance(0.7);
    return fix(T0 + i * INTERVAL_MS, position, { satellites, hdopCenti, accuracyDm, located });
  });
  const batches = drawn.map((one, i) => ({ tracker: `t-${i}`, reportId: '00', fixes: [one], rejected: [] }));
  const folder = await temporaryFolder(t);
  const log = [raw({ ms: T0 + LOG_MS, seq: 0 }, { kind: 'fixes', batches })];
  const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: 1 });
  t.teardown(() => archive.close());
  const files = archive.fixParts.map(({ file }) => file.name);
  const [legs] = await archive.legs.read(await archive.reader(), files);
  let precise = 0;
  for (const [i, one] of drawn.entries()) {
    const [leg] = legs?.of(`t-${i}`)?.within(0, Number.MAX_SAFE_INTEGER) ?? [];
    t.equal(leg?.fromMs, one.eventTimeMs);
    if (leg?.isPrecise !== true) continue;
    precise += 1;
    const point = pointOf(one, undefined);
    t.ok(typeof point !== 'string' && point.sigmaM <= MAX_FENCE_SIGMA_M, JSON.stringify(one));
  }
  t.ok(precise > 80, `${precise} of 400 are precise`);
});
