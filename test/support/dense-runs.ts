import { HORIZON_MS } from '../../src/model/limits.js';
import type { Fix } from '../../src/model/fix.js';
import { at, Bench, checkpointGap, circle, fix, MINUTE, plan, T0, unit } from '../engine/support.js';
import { random } from '../engine/verdicts.js';

/** What one tracker sends to cost the engine as much as it can: its fixes with the log time of each, in order. */
export interface DenseRun {
  readonly name: string;
  readonly sends: readonly { readonly atMs: number; readonly fixes: readonly Fix[] }[];
}

const START = T0 + 40 * MINUTE;
const places = Array.from({ length: 40 }, (_, i) => circle(`p-${String(i).padStart(2, '0')}`, at(150 * i), 100));

/** A car, a hundred places in reach, and each rule that looks at a car. */
export function denseBench(): Bench {
  const bench = new Bench(
    plan({
      places,
      units: [unit('car-1')],
      rules: [
        checkpointGap(places.map(({ id }) => id)),
        { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units: ['car-1'], maxStandMs: 600_000 },
      ],
    }),
  );
  bench.tickTo(START, 10_000);
  return bench;
}

export function playDense(run: DenseRun, bench = denseBench()): Bench {
  for (const { atMs, fixes } of run.sends) {
    bench.tickTo(Math.max(bench.nowMs, atMs), 1_000);
    bench.send('car-1', ...fixes);
  }
  bench.tickTo(bench.nowMs + 30_000, 1_000);
  return bench;
}

/** Two spots so far apart that each may begin a stand and none does: every position is tried as the first. */
function torn(ms: number, i: number): Fix {
  return fix(ms, at((i % 2) * 14), { speedCmps: 0 });
}

/** Through a dozen places and back, as fast as a car can. */
function racing(ms: number): Fix {
  const phase = (ms / 1_000) % 200;
  return fix(ms, at(55 * (phase < 100 ? phase : 200 - phase)));
}

/** @param seconds how long those patterns go on that come bit by bit */
export function denseRuns(seed: number, seconds: number): DenseRun[] {
  const next = random(seed);
  const series = (count: number, stepMs: number, fromMs: number, make: (ms: number, i: number) => Fix): Fix[] =>
    Array.from({ length: count }, (_, i) => make(fromMs + i * stepMs, i));
  const atOnce = (fixes: readonly Fix[]): DenseRun['sends'] =>
    Array.from({ length: Math.ceil(fixes.length / 1_000) }, (_, i) => ({
      atMs: START,
      fixes: fixes.slice(1_000 * i, 1_000 * (i + 1)),
    }));
  const full = (make: (ms: number, i: number) => Fix): Fix[] =>
    series(HORIZON_MS / 500, 500, START - HORIZON_MS + 1_250, make);
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, key: next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  const trickle = (atOf: (i: number) => number): DenseRun['sends'] =>
    Array.from({ length: seconds }, (_, i) => ({ atMs: START + i * 1_000, fixes: [racing(atOf(i))] }));
  return [
    { name: '1,000 fixes 100 ms apart', sends: atOnce(series(1_000, 100, START - 100_000, torn)) },
    { name: '10,000 fixes 10 ms apart', sends: atOnce(series(10_000, 10, START - 100_000, torn)) },
    { name: 'a horizon full, standing', sends: atOnce(full(torn)) },
    { name: 'a horizon full, racing', sends: atOnce(full(racing)) },
    { name: 'a horizon full, newest first, one a report', sends: atOnce(full(torn).reverse()) },
    {
      name: 'newest first, ten a second',
      sends: full(racing)
        .reverse()
        .slice(0, 10 * seconds)
        .map((one, i) => ({ atMs: START + i * 100, fixes: [one] })),
    },
    {
      name: 'one late fix a second behind a full horizon',
      sends: [...atOnce(full(racing)), ...trickle((i) => START - HORIZON_MS + 300_000 + i * 1_000)],
    },
    {
      name: 'one late fix a second at the very edge of a full horizon',
      sends: [...atOnce(full(racing)), ...trickle((i) => START - HORIZON_MS + (i + 2) * 1_000)],
    },
    {
      name: 'one late copy a second of the oldest instant, each surer than the last',
      sends: [
        ...atOnce(full(racing)),
        ...Array.from({ length: seconds }, (_, i) => {
          const ms = START - HORIZON_MS + 300_000 + 1_250;
          return { atMs: START + i * 1_000, fixes: [{ ...racing(ms), hdopCenti: 9_000 - i * 10, position: at(i) }] };
        }),
      ],
    },
    {
      name: 'a horizon full in any order, ten a second',
      sends: shuffled(full(racing))
        .slice(0, 10 * seconds)
        .map((one, i) => ({ atMs: START + i * 100, fixes: [one] })),
    },
    {
      name: 'a hundred positions for each instant',
      sends: atOnce(
        series(100, 10_000, START - 1_000_000, (ms) => racing(ms)).flatMap((one) =>
          Array.from({ length: 100 }, (_, i) => ({ ...one, position: at(i, i) })),
        ),
      ),
    },
  ];
}
