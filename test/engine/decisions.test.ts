import t from 'tap';
import { type DecisionEntry, decideFixes, numbered } from '../../src/engine/decisions.js';
import { countersOf } from '../../src/engine/hot-view.js';
import type { FixDecision } from '../../src/model/decision.js';
import type { Fix } from '../../src/model/fix.js';
import type { FixCounters } from '../../src/model/hot.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../../src/model/limits.js';
import type { FixesEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { type Arrival, drawScenario, play } from './scenario.js';
import { at, Bench, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { random } from './verdicts.js';

const SEEDS = [11, 12, 13];
const UNITS = ['car-1', 'car-2', 'moto-1', 'foot-1'];

function decidable(log: Bench['log']): DecisionEntry[] {
  return log.flatMap(({ id, entry }): DecisionEntry[] => {
    if (entry.kind === 'plan') return [{ id, kind: 'plan', plan: entry.plan }];
    return entry.kind === 'fixes' ? [{ id, kind: 'fixes', batches: numbered(entry) }] : [];
  });
}

/** All of a log, as `countersOf` would count it. */
function counted(decisions: readonly FixDecision[]): FixCounters {
  const sums = { admitted: 0, duplicate: 0, flagged: 0, refused: 0 };
  const flags = new Map<string, number>();
  for (const { disposition, flag } of decisions) {
    sums[disposition] += 1;
    if (flag !== null) flags.set(flag, (flags.get(flag) ?? 0) + 1);
  }
  return { ...sums, flags: Object.fromEntries([...flags].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** The scenario's fixes, and beside one in four of them something that goes wrong. */
function drawTroubled(seed: number): Arrival[] {
  const next = random(seed + 500);
  const arrivals = drawScenario(seed, { hours: 2, delayMs: 29 * MINUTE, plans: true, events: true });
  const more = arrivals.flatMap((arrival): Arrival[] => {
    if (!('fix' in arrival)) return [];
    const { unit: id, fix: one } = arrival;
    const moved = one.position === null ? at(0) : { ...one.position, lngE7: one.position.lngE7 + 500 };
    const soon = one.eventTimeMs + Math.floor(next() * 29 * MINUTE);
    const later = one.eventTimeMs + HORIZON_MS + 1 + Math.floor(next() * 2 * HOUR);
    const odd = (fields: Partial<Fix>): Arrival => ({
      atMs: soon,
      unit: id,
      fix: { ...one, eventTimeMs: one.eventTimeMs + 3_000, ...fields },
    });
    const entry = (batch: Partial<FixesEntry['batches'][number]>): Arrival => ({
      atMs: soon,
      entry: {
        kind: 'fixes',
        batches: [{ tracker: `t-${id}`, reportId: 'ab', fixes: [], rejected: [], ...batch }],
      },
    });
    switch (Math.floor(next() * 36)) {
      case 0:
        return [{ atMs: soon, unit: id, fix: one }];
      case 1:
        return [{ atMs: soon, unit: id, fix: { ...one, position: moved, hdopCenti: Math.floor(next() * 400) } }];
      case 2:
        return [{ atMs: later, unit: id, fix: next() < 0.5 ? one : { ...one, eventTimeMs: one.eventTimeMs + 3 } }];
      case 3:
        return [{ atMs: one.eventTimeMs - CLOCK_AHEAD_MS - 1 - Math.floor(next() * MINUTE), unit: id, fix: one }];
      case 4:
        return [odd({ position: { lngE7: 3, latE7: -9 } })];
      case 5:
        return [odd({ located: false }), odd({ eventTimeMs: one.eventTimeMs + 6_000, position: null })];
      case 6:
        return [entry({ rejected: [{ index: 0, code: 'speed-range' }], fixes: [{ ...one, eventTimeMs: soon - 5 }] })];
      case 7:
        return [entry({ tracker: 'stranger', fixes: [one], rejected: [{ index: 1, code: 'time-missing' }] })];
      case 8:
        return [odd({ position: at(60_000 * next()) })];
      case 9:
        return [odd({ position: { lngE7: -moved.lngE7, latE7: moved.latE7 } })];
      case 10:
        return [odd({ eventTimeMs: one.eventTimeMs + 40 }), odd({ eventTimeMs: one.eventTimeMs - 30 })];
      case 11:
        return [odd({ eventTimeMs: one.eventTimeMs - 20, position: null })];
      case 12:
        return [-900, 900, 1_800, 2_700, 3_600].map((lngE7) => ({
          atMs: soon + lngE7,
          unit: id,
          fix: { ...one, position: { ...moved, lngE7: moved.lngE7 + lngE7 } },
        }));
      default:
        return [];
    }
  });
  return [...arrivals, ...more].sort((a, b) => a.atMs - b.atMs);
}

for (const seed of SEEDS) {
  t.test(
    `seed ${seed}: the counters are the sums of the decisions, and a part of the log gives its part [kept]`,
    async (t) => {
      const bench = play(drawTroubled(seed), { untilMs: T0 + 5 * HOUR, tickMs: 30_000 });
      const log = decidable(bench.log);
      const whole = decideFixes({ plans: [], entries: log, fromMs: null, nowMs: bench.nowMs, unit: null });
      const sums = counted(whole);
      t.same(sums, countersOf(bench.state));
      t.strictSame(
        Object.keys(sums.flags),
        [
          'clock-ahead',
          'conflict',
          'late',
          'no-position',
          'not-located',
          'null-island',
          'out-of-area',
          'outlier',
          'too-dense',
          'unknown-tracker',
        ],
        'everything that can happen did',
      );
      t.ok(sums.duplicate > 20 && sums.refused > 10, JSON.stringify(sums));
      t.ok(
        whole.every(
          ({ finality, flag }) => finality === 'confirmed' || (finality === 'provisional' && flag === 'outlier'),
        ),
        'three hours later all is settled, but for wild positions at the very end',
      );

      const next = random(seed);
      const tally = { confirmed: 0, provisional: 0, unproven: 0 };
      for (let i = 0; i < 40; i += 1) {
        const fromMs = T0 + Math.floor(next() * 1.6 * HOUR);
        const toMs = fromMs + 1 + Math.floor(next() * 40 * MINUTE);
        const readMs = { from: fromMs - CLOCK_AHEAD_MS - 10 * MINUTE, to: toMs + HORIZON_MS };
        const plans = log.flatMap((entry) => (entry.kind === 'plan' && entry.id.ms < readMs.from ? [entry.plan] : []));
        const unitId = UNITS[i % UNITS.length] ?? '';
        const entries = log.filter(({ id }) => id.ms >= readMs.from && id.ms < readMs.to);
        const inPart = ({ unit: id, atMs, logId }: FixDecision): boolean =>
          id === unitId && atMs >= fromMs && atMs < toMs && logId.ms >= readMs.from && logId.ms < readMs.to;
        const expected = whole.filter(inPart);
        const part = decideFixes({
          plans: plans.slice(-2),
          entries,
          fromMs: readMs.from,
          nowMs: readMs.to,
          unit: unitId,
        }).filter(inPart);
        const standing = (decisions: readonly FixDecision[]): unknown[] =>
          decisions.map((decision, j) => {
            const { logId, ordinal, fix: copy } = decision;
            return part[j]?.finality === 'confirmed' ? decision : { logId, ordinal, copy };
          });
        t.strictSame(standing(part), standing(expected), `${unitId}: ${expected.length} copies in a part`);
        for (const { finality } of part) tally[finality] += 1;
      }
      t.ok(tally.confirmed > 1_000 && tally.unproven + tally.provisional < tally.confirmed / 20, JSON.stringify(tally));
    },
  );
}

/** A car on a log that it has for itself. */
function lone(): Bench {
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }));
  bench.tickTo(T0 + HOUR, 10_000);
  return bench;
}

function decide(bench: Bench, fromMs: number | null = null): FixDecision[] {
  const entries = decidable(bench.log).filter(({ id }) => fromMs === null || id.ms >= fromMs);
  const plans = decidable(bench.log).flatMap((entry) => (entry.kind === 'plan' ? [entry.plan] : []));
  return decideFixes({ plans: fromMs === null ? [] : plans, entries, fromMs, nowMs: bench.nowMs, unit: 'car-1' });
}

t.test('each decision names what it was compared with', async (t) => {
  const bench = lone();
  const startMs = bench.nowMs;
  const good = fix(startMs, at(0));
  bench.send('car-1', good, { ...good });
  bench.send('car-1', { ...good, position: at(30), hdopCenti: 300 });
  bench.send('car-1', { ...good, position: at(-50) });
  bench.send('car-1', fix(startMs + 10_000, at(2_950)), fix(startMs + 61_000, at(0)));
  bench.tickTo(startMs + HORIZON_MS + 1, 10_000);
  bench.send('car-1', good);
  const told = decide(bench).map(({ disposition, flag, measured, comparedWith, ...rest }) => {
    const place = comparedWith === null ? null : [comparedWith.logId.seq, comparedWith.ordinal];
    return [rest.logId.seq, rest.ordinal, disposition, flag, place, measured?.got ?? null, measured?.limit ?? null];
  });
  const seq = told[0]?.[0] as number;
  t.strictSame(told, [
    [seq, 0, 'flagged', 'conflict', [seq + 2, 0], null, null],
    [seq, 1, 'duplicate', null, [seq, 0], null, null],
    [seq + 1, 0, 'flagged', 'conflict', [seq + 2, 0], null, null],
    [seq + 2, 0, 'admitted', null, null, null, null],
    [told[4]?.[0], 0, 'flagged', 'late', [seq + 2, 0], HORIZON_MS + 1, HORIZON_MS],
    [seq + 3, 0, 'flagged', 'outlier', [seq + 2, 0], told[5]?.[5], 5_556 / 100],
    [seq + 3, 1, 'flagged', 'clock-ahead', null, 61_000, CLOCK_AHEAD_MS],
  ]);
  const speedMps = told[5]?.[5] as number;
  t.ok(Math.abs(speedMps - 299) < 0.1, `3,000 m less 2 × 5 m in 10 s: ${speedMps} m/s`);
});

t.test('what depends on fixes before the part is unproven until three positions agree', async (t) => {
  const bench = lone();
  const startMs = bench.nowMs;
  const eastM = [0, 0, 20, 9_000, 9_010, 40, 60, 80, 100];
  for (const [i, m] of eastM.entries()) {
    bench.tickTo(startMs + i * 10_000);
    bench.send('car-1', fix(bench.nowMs, at(m)));
  }
  bench.tickTo(startMs + HORIZON_MS + 5 * MINUTE, 30_000);
  const told = (decisions: readonly FixDecision[]): string[] =>
    decisions.map(({ finality, flag, disposition }) => `${finality} ${flag ?? disposition}`);
  const sure = [...Array<string>(3).fill('confirmed admitted'), ...Array<string>(2).fill('confirmed outlier')];
  t.strictSame(told(decide(bench)), [...sure, ...Array<string>(4).fill('confirmed admitted')]);
  // All copies of an event time are in the part from a minute after its beginning on: here of the fourth fix and the later ones.
  const part = decide(bench, startMs + 30_000 - CLOCK_AHEAD_MS - 1);
  t.strictSame(told(part), [
    ...Array<string>(3).fill('unproven admitted'),
    ...Array<string>(2).fill('unproven outlier'),
    ...Array<string>(2).fill('unproven admitted'),
    ...Array<string>(2).fill('confirmed admitted'),
  ]);
});

t.test(
  'a part of the log that begins after a plan was logged that another one withdrew is decided as the whole is',
  async (t) => {
    const [car1, car2] = [unit('car-1'), unit('car-2')];
    const plan1 = plan({ places: [circle('gate', at(0), 100)], units: [car1, car2], rules: [] });
    const bench = new Bench(plan1);
    const announce = (next: Partial<CompiledPlan>) =>
      bench.append(bench.nowMs, { kind: 'plan', plan: { ...plan1, ...next } });
    announce({ version: 2, inForceFromMs: T0 + 3 * HOUR });
    bench.tickTo(T0 + 10 * MINUTE);
    const partFromMs = bench.nowMs;
    // The devices change cars.
    const swapped = [
      { ...car1, tracker: car2.tracker },
      { ...car2, tracker: car1.tracker },
    ];
    announce({ version: 3, inForceFromMs: T0 + 20 * MINUTE, withdraws: 1, units: swapped });
    bench.drive(T0 + 30 * MINUTE, { 'car-1': () => at(0) });
    const whole = decideFixes({
      plans: [],
      entries: decidable(bench.log),
      fromMs: null,
      nowMs: bench.nowMs,
      unit: 'car-2',
    });
    t.ok(whole.length > 30, 'car-2 has the device of car-1 from the third plan on');
    const entries = decidable(bench.log.filter(({ id }) => id.ms >= partFromMs));
    const part = decideFixes({ plans: [plan1], entries, fromMs: partFromMs, nowMs: bench.nowMs, unit: 'car-2' });
    t.same(
      part.map(({ logId }) => logId),
      whole.map(({ logId }) => logId),
    );
  },
);
