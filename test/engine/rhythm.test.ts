import t from 'tap';
import type { LimitInForce } from '../../src/engine/plan/limits-over.js';
import { findRhythms, rememberRhythm, type RhythmInput } from '../../src/engine/rhythm/rows.js';
import { normalise, unite } from '../../src/model/intervals.js';
import type { PredictableRule } from '../../src/model/plan.js';
import { Random } from '../geo/support.js';
import { predictableRule } from './support.js';

const SEED = 20_261_205;
t.comment(`seed ${SEED}`);
/** Instants are whole, and near 0: what they count is of no matter. */
const NOW = 400;
const RULE = predictableRule(['gate'], { revisits: 3, withinMs: 2, mergeMs: 3, leastIntervalMs: 9 });
const LIMIT: LimitInForce<PredictableRule> = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  limitMs: RULE.withinMs,
  rule: RULE,
  planVersion: 1,
};
const INTERVAL = 2;
const AWAITED = 2 * INTERVAL;

interface Drawn {
  readonly proven: readonly number[];
  readonly possible: readonly number[];
  readonly binds: readonly number[];
}

/** Visits that keep to a clock for a while, and sometimes come otherwise. */
function drawn(random: Random): Drawn {
  const proven: [number, number][] = [];
  let [atMs, period] = [random.int(0, 30), random.int(11, 24)];
  while (atMs < NOW) {
    proven.push([atMs, Math.min(NOW, atMs + random.int(1, 7))]);
    if (random.int(0, 9) === 0) period = random.int(7, 24);
    atMs += Math.max(1, random.int(0, 11) === 0 ? random.int(1, 40) : period + random.int(-2, 2));
  }
  const starts = proven.map(([fromMs]) => fromMs);
  const possible = Array.from({ length: random.int(0, 5) }, (): [number, number] => {
    const fromMs = random.int(0, 1) === 0 ? random.int(0, NOW - 1) : random.pick(starts) - random.int(0, 4);
    return [Math.max(0, fromMs), Math.min(NOW, Math.max(0, fromMs) + random.int(1, 8))];
  });
  const opensMs = random.int(1, 60);
  const binds = random.pick([
    [opensMs, NOW + 100],
    [opensMs, 220, random.int(221, 260), NOW + 100],
    [opensMs, random.int(150, NOW - 1)],
  ]);
  return { proven: normalise(proven), possible: normalise(possible), binds };
}

function inputOf({ proven, possible, binds }: Drawn, more: Partial<RhythmInput> = {}): RhythmInput {
  return {
    nowMs: NOW,
    sinceMs: 0,
    remembered: null,
    binds,
    limits: [LIMIT],
    proven,
    maybe: () => unite([proven, possible]),
    whoCame: () => 'a',
    outages: [],
    reportIntervalMs: INTERVAL,
    ...more,
  };
}

/** Instants, `[atMs, atMs + 1)`, at which somebody is there. */
function instantsOf(intervals: readonly number[]): boolean[] {
  const there = Array.from({ length: NOW }, () => false);
  for (let i = 0; i < intervals.length; i += 2) there.fill(true, intervals[i], intervals[i + 1]);
  return there;
}

/** Starts and ends of stays, looked for instant by instant. */
function staysIn(there: readonly boolean[]): [from: number, to: number][] {
  const stays: [number, number][] = [];
  for (const [atMs, is] of there.entries()) {
    if (!is) continue;
    const last = stays.at(-1);
    if (last !== undefined && atMs - last[1] <= RULE.mergeMs) last[1] = atMs + 1;
    else stays.push([atMs, atMs + 1]);
  }
  return stays;
}

function windowOf(binds: readonly number[], atMs: number): number {
  for (let i = 0; i < binds.length; i += 2)
    if ((binds[i] as number) <= atMs && atMs < (binds[i + 1] as number)) return i;
  return -1;
}

/** Whether the last intervals before a start, and with it, could each have been guessed. */
function isGuessable(starts: readonly number[], binds: readonly number[]): boolean {
  const last = starts.slice(-(RULE.revisits + 1));
  const window = windowOf(binds, last.at(-1) ?? -1);
  if (last.length <= RULE.revisits || window < 0 || last.some((atMs) => windowOf(binds, atMs) !== window)) return false;
  const intervals = last.slice(1).map((atMs, i) => atMs - (last[i] as number));
  const middle = (Math.min(...intervals) + Math.max(...intervals)) / 2;
  return intervals.every((ms) => ms >= RULE.leastIntervalMs && Math.abs(ms - middle) <= RULE.withinMs);
}

interface Told {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly ending: string | null;
}

function slowEpisodes({ proven, binds }: Drawn): Told[] {
  const starts = staysIn(instantsOf(proven)).map(([fromMs]) => fromMs);
  const told: Told[] = [];
  let fromMs: number | null = null;
  for (const [i, atMs] of starts.entries()) {
    const until = starts.slice(0, i + 1);
    if (!isGuessable(until, binds)) {
      if (fromMs !== null) told.push({ fromMs, toMs: atMs, ending: 'broken' });
      fromMs = null;
      continue;
    }
    fromMs ??= atMs;
    const closesMs = binds[windowOf(binds, atMs) + 1] as number;
    // The last instant at which somebody may come, and it goes on; looked for far enough ahead, whatever the hours.
    let latestMs = atMs;
    for (let nextMs = atMs + 1; nextMs < atMs + 100; nextMs += 1)
      if (isGuessable([...until, nextMs], [0, 10 * NOW])) latestMs = nextMs;
    const endMs = Math.min(closesMs, latestMs);
    const isWindow = closesMs <= latestMs;
    const nextMs = starts[i + 1] ?? Number.POSITIVE_INFINITY;
    if (nextMs < endMs || (nextMs === endMs && !isWindow)) continue;
    const isOver = nextMs < Number.POSITIVE_INFINITY || (isWindow ? NOW >= endMs : NOW >= endMs + AWAITED);
    told.push({ fromMs, toMs: isOver ? endMs : null, ending: isOver ? (isWindow ? 'window' : 'broken') : null });
    fromMs = null;
  }
  return told;
}

function toldOf(input: RhythmInput): Told[] {
  return findRhythms(input).episodes.map(({ fromMs, toMs, evidence }) => ({
    fromMs,
    toMs,
    ending: evidence.ending ?? null,
  }));
}

t.test('visits that can be guessed are those that a search over all visits finds', async (t) => {
  const random = new Random(SEED);
  let [episodes, goOn] = [0, 0];
  for (let i = 0; i < 1_500; i += 1) {
    const one = { ...drawn(random), possible: [] };
    const [fast, slow] = [toldOf(inputOf(one)), slowEpisodes(one)];
    episodes += slow.length;
    goOn += slow.filter(({ toMs }) => toMs === null).length;
    if (JSON.stringify(fast) === JSON.stringify(slow)) continue;
    t.same(fast, slow, `drawn ${i}`);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(episodes > 1_000 && goOn > 100, `${episodes}, ${goOn} of them go on`);
});

t.test('what is told of a rhythm is true whoever was there of those who may have been', async (t) => {
  const random = new Random(SEED + 1);
  let [told, fewer] = [0, 0];
  for (let i = 0; i < 1_500; i += 1) {
    const one = drawn(random);
    const { episodes } = findRhythms(inputOf(one));
    if (JSON.stringify(episodes) !== JSON.stringify(findRhythms(inputOf({ ...one, possible: [] })).episodes))
      fewer += 1;
    if (one.possible.length > 0) told += episodes.length;
    const wrong = episodes.find(({ fromMs, evidence }) => {
      const lastMs = evidence.rhythm?.startsMs.at(-1) ?? 0;
      return Array.from({ length: 12 }, () => truthOf(one, random)).some(
        (truth) => !isGuessedIn(truth, one.binds, fromMs) || !isGuessedIn(truth, one.binds, lastMs),
      );
    });
    if (wrong === undefined) continue;
    t.fail(`drawn ${i}: ${JSON.stringify(wrong)} of ${JSON.stringify(one)}`);
    break;
  }
  t.ok(told > 500 && fewer > 200, `${told} told beside doubts, ${fewer} times otherwise than without`);
});

/** All who were there, and some part of where somebody may have been. */
function truthOf({ proven, possible }: Drawn, random: Random): boolean[] {
  const there = instantsOf(proven);
  for (let i = 0; i < possible.length; i += 2) {
    const [fromMs, toMs] = [possible[i] as number, possible[i + 1] as number];
    const startMs = random.int(fromMs, toMs);
    there.fill(true, startMs, random.int(startMs, toMs));
  }
  return there;
}

/** Whether the stay that goes on at an instant could have been guessed. */
function isGuessedIn(there: readonly boolean[], binds: readonly number[], atMs: number): boolean {
  const stays = staysIn(there).filter(([fromMs]) => fromMs <= atMs);
  return isGuessable(
    stays.map(([fromMs]) => fromMs),
    binds,
  );
}

t.test('what is forgotten of visits changes nothing that comes after', async (t) => {
  const random = new Random(SEED + 2);
  let compared = 0;
  for (let i = 0; i < 1_500; i += 1) {
    const one = drawn(random);
    const whole = findRhythms(inputOf(one));
    let remembered: RhythmInput['remembered'] = null;
    let sinceMs = 0;
    for (const cutoffMs of [random.int(1, NOW / 2), random.int(NOW / 2, NOW - 10)]) {
      remembered = rememberRhythm(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }), cutoffMs);
      sinceMs = cutoffMs;
    }
    const rest = findRhythms(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }));
    const expected = whole.episodes.filter(({ toMs }) => toMs === null || toMs >= sinceMs);
    compared += expected.length;
    if (JSON.stringify(rest.episodes) === JSON.stringify(expected) && rest.nextMs === whole.nextMs) continue;
    t.same(rest.episodes, expected, `drawn ${i}, forgotten before ${sinceMs}`);
    t.equal(rest.nextMs, whole.nextMs);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(compared > 400, `${compared} episodes`);
});

/** What a fold still holds when what ended before an instant is forgotten. */
function leftOf({ proven, possible, binds }: Drawn, sinceMs: number): Drawn {
  const left = (spans: readonly number[]) => spans.filter((_, i) => (spans[i - (i % 2) + 1] as number) >= sinceMs);
  return { binds, proven: left(proven), possible: left(possible) };
}
