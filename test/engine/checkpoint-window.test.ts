import t from 'tap';
import type { CheckpointWindowRule } from '../../src/model/plan.js';
import type { LimitInForce } from '../../src/engine/plan/limits-over.js';
import { findWindows, rememberWindow } from '../../src/engine/attendance/findings.js';
import type { WindowInput } from '../../src/engine/attendance/window.js';
import { Random } from '../geo/support.js';
import { windowRule } from './support.js';

const SEED = 20_261_204;
t.comment(`seed ${SEED}`);
/** Instants are whole, and near 0: what they count is of no matter. */
const NOW = 400;
const RULE = windowRule(['gate'], { graceMs: 20, absenceMs: 40, handoverMs: 6, minPresenceMs: 0 });
const LIMIT: LimitInForce<CheckpointWindowRule> = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  limitMs: RULE.graceMs,
  rule: RULE,
  planVersion: 1,
};
/** Two report intervals are awaited. */
const INTERVAL = 2;
const AWAITED = 2 * INTERVAL;

interface Span {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Drawn {
  readonly covered: readonly Span[];
  readonly possible: readonly Span[];
  readonly binds: readonly number[];
  /** What units were called away to. */
  readonly tasks: readonly Span[];
}

function drawn(random: Random): Drawn {
  const spans = (most: number, longest: number, untilMs: number): Span[] =>
    Array.from({ length: random.int(0, most) }, () => {
      const fromMs = random.int(0, NOW - 1);
      return { unit: random.pick(['a', 'b']), fromMs, toMs: Math.min(untilMs, fromMs + random.int(1, longest)) };
    }).sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : 1));
  const opensMs = random.int(1, 150);
  const again = random.int(230, 330);
  const binds = random.pick([
    [opensMs, NOW + 100],
    [opensMs, 220, again, NOW + 100],
    [opensMs, random.int(opensMs + 1, NOW - AWAITED)],
    [opensMs, NOW - 2],
  ]);
  return { covered: spans(6, 80, NOW), possible: spans(3, 60, NOW + 1), binds, tasks: spans(3, 80, NOW + 1) };
}

function isCalledAway({ tasks }: Drawn, unit: string, leftMs: number, toMs: number): boolean {
  return tasks.some((task) => task.unit === unit && task.fromMs < toMs && task.toMs > leftMs);
}

function inputOf(one: Drawn, more: Partial<WindowInput> = {}): WindowInput {
  const { covered, possible, binds } = one;
  return {
    nowMs: NOW,
    sinceMs: 0,
    remembered: null,
    binds,
    limits: [LIMIT],
    covered,
    possible: () => possible,
    countsAfterMs: () => 0,
    isUnseen: () => false,
    isCalledAway: (unit, leftMs, toMs) => isCalledAway(one, unit, leftMs, toMs),
    outages: [],
    reportIntervalMs: INTERVAL,
    ...more,
  };
}

interface Told {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly isSure: boolean;
}

/** Whether somebody was there in each instant of a window, as `[atMs, atMs + 1)`. */
function instants(spans: readonly Span[], opensMs: number, untilMs: number): boolean[] {
  const there: boolean[] = [];
  for (let atMs = opensMs; atMs < untilMs; atMs += 1)
    there.push(spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs));
  return there;
}

/** The stretches without anybody, by counting; those that are handovers left out, but for the first and the last. */
function holesOf(there: readonly boolean[]): [from: number, to: number][] {
  const holes: [number, number][] = [];
  for (const [i, is] of there.entries()) {
    const last = holes.at(-1);
    if (is) continue;
    if (last !== undefined && last[1] === i) last[1] = i + 1;
    else holes.push([i, i + 1]);
  }
  const isEdge = ([from, to]: [number, number]): boolean => from === 0 || to === there.length;
  return holes.filter((hole) => isEdge(hole) || hole[1] - hole[0] > RULE.handoverMs);
}

/** How many instants after the first proven one nobody was there, in all, up to an instant. */
function awayBy(there: readonly boolean[], first: number, until: number): number {
  const holes = holesOf(there.slice(0, until)).filter(([from, to]) => from >= first && to - from > RULE.handoverMs);
  return holes.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** What should be found in one window, looked for instant by instant. */
function slowWindow({ covered, possible }: Drawn, opensMs: number, closesMs: number): Told[] {
  const untilMs = Math.min(closesMs, NOW);
  const isOver = NOW >= closesMs + AWAITED;
  const proven = instants(covered, opensMs, untilMs);
  const most = instants([...covered, ...possible], opensMs, untilMs);
  const [first, firstMost] = [proven.indexOf(true), most.indexOf(true)];
  const told: Told[] = [];
  for (const [from, to] of holesOf(proven)) {
    const isTrailing = to === proven.length;
    const isLeading = from === 0 && (first < 0 || first === to);
    const toMs = isTrailing && !isOver ? null : opensMs + to;
    const tell = (isSure: boolean) => told.push({ fromMs: opensMs + from, toMs, isSure });
    if (isLeading) {
      const isLate = to > RULE.graceMs && NOW >= opensMs + RULE.graceMs + AWAITED;
      const sure = firstMost < 0 || firstMost > RULE.graceMs || firstMost >= to;
      if (isTrailing && isOver) tell(firstMost < 0 || firstMost > RULE.graceMs);
      else if (isLate && (!isTrailing || opensMs + RULE.graceMs < closesMs)) tell(sure);
      continue;
    }
    const before = awayBy(proven, first, from);
    const reach = from + Math.max(RULE.absenceMs - before, RULE.handoverMs + 1);
    const isTooLong = (isTrailing ? to >= reach : to > reach) && NOW >= opensMs + reach + AWAITED;
    const [had, has] = [awayBy(most, first, from), awayBy(most, first, to)];
    const isSureToo = has >= RULE.absenceMs && has > had;
    const left = most.lastIndexOf(true) + 1;
    const stay = closesMs - opensMs - RULE.graceMs;
    const isEarly = isTrailing && isOver && from < stay;
    if (isTooLong && (!isTrailing || opensMs + reach < closesMs)) tell(isSureToo || (isEarly && left < stay));
    else if (isEarly) tell(left < stay);
  }
  return told;
}

function slowEpisodes(one: Drawn): Told[] {
  const told: Told[] = [];
  for (let w = 0; w < one.binds.length; w += 2) {
    const [opensMs, closesMs] = [one.binds[w] as number, one.binds[w + 1] as number];
    if (opensMs < NOW) told.push(...slowWindow(one, opensMs, closesMs));
  }
  return told;
}

function toldOf(input: WindowInput): Told[] {
  return findWindows(input).episodes.map(({ fromMs, toMs, certainty }) => ({
    fromMs,
    toMs,
    isSure: certainty === 'uncovered',
  }));
}

t.test('late, missed, absent and left early are what a search instant by instant finds', async (t) => {
  const random = new Random(SEED);
  let [episodes, sure] = [0, 0];
  for (let i = 0; i < 3_000; i += 1) {
    const one = drawn(random);
    const [fast, slow] = [toldOf(inputOf(one)), slowEpisodes(one)];
    episodes += slow.length;
    sure += slow.filter(({ isSure }) => isSure).length;
    if (JSON.stringify(fast) === JSON.stringify(slow)) continue;
    t.same(fast, slow, `drawn ${i}`);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(episodes > 2_000 && sure > 1_000 && sure < episodes - 200, `${episodes}, ${sure} sure`);
});

/**
 * How long nobody was there since the first came, and how much of it after the last who was there had been called away.
 *
 * @param withLast whether the time after the last presence counts
 */
function slowAbsence(
  one: Drawn,
  opensMs: number,
  closesMs: number,
  withLast: boolean,
): { awayMs: number; excusedMs: number } {
  const proven = instants(one.covered, opensMs, closesMs);
  const first = proven.indexOf(true);
  let [awayMs, excusedMs] = [0, 0];
  for (const [from, to] of holesOf(proven)) {
    if (from <= first || (to === proven.length && !withLast)) continue;
    awayMs += to - from;
    const last = one.covered.find(({ toMs }) => toMs === opensMs + from)?.unit ?? '';
    if (isCalledAway(one, last, opensMs + from, opensMs + to)) excusedMs += to - from;
  }
  return { awayMs, excusedMs };
}

t.test('an absence is excused if the times of those who had been called away make it too much', async (t) => {
  const random = new Random(SEED + 2);
  const seen = { excused: 0, partly: 0, blamed: 0 };
  for (let i = 0; i < 3_000; i += 1) {
    const one = drawn(random);
    const { episodes } = findWindows(inputOf(one));
    for (const { evidence } of episodes) {
      const { window } = evidence;
      const absence = window?.findings.find(({ is }) => is === 'absence');
      if (window === undefined || absence === undefined || NOW < window.closesMs + AWAITED) continue;
      const isLastFound = episodes.some(({ toMs }) => toMs === window.closesMs);
      const { awayMs, excusedMs } = slowAbsence(one, window.opensMs, window.closesMs, isLastFound);
      const isExcused = awayMs - excusedMs < RULE.absenceMs;
      seen[isExcused ? 'excused' : excusedMs > 0 ? 'partly' : 'blamed'] += 1;
      const facts = [absence.excused === true, window.awayMs, window.excusedMs ?? 0];
      if (JSON.stringify(facts) === JSON.stringify([isExcused, awayMs, excusedMs])) continue;
      t.same(window, { excused: isExcused, excusedMs, awayMs }, `drawn ${i}`);
      t.comment(JSON.stringify(one));
      return;
    }
  }
  t.ok(seen.excused > 100 && seen.partly > 50 && seen.blamed > 100, JSON.stringify(seen));
});

t.test('what is forgotten of a window changes nothing that comes after', async (t) => {
  const random = new Random(SEED + 1);
  let compared = 0;
  for (let i = 0; i < 3_000; i += 1) {
    const one = drawn(random);
    const whole = findWindows(inputOf(one));
    let remembered: WindowInput['remembered'] = null;
    let sinceMs = 0;
    for (const cutoffMs of [random.int(1, NOW / 2), random.int(NOW / 2, NOW - 10)]) {
      remembered = rememberWindow(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }), cutoffMs);
      sinceMs = cutoffMs;
    }
    const rest = findWindows(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }));
    const plain = ({ episodes }: typeof whole) =>
      episodes.map(({ evidence: { possibleUnits: _units, ...facts }, ...episode }) => ({ ...episode, facts }));
    const expected = plain({
      ...whole,
      episodes: whole.episodes.filter(({ toMs }) => toMs === null || toMs >= sinceMs),
    });
    compared += expected.length;
    if (JSON.stringify(plain(rest)) === JSON.stringify(expected) && rest.nextMs === whole.nextMs) continue;
    t.same(plain(rest), expected, `drawn ${i}, forgotten before ${sinceMs}`);
    t.equal(rest.nextMs, whole.nextMs);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(compared > 1_000, `${compared} episodes`);
});

/** What a fold still holds when what ended before an instant is forgotten. */
function leftOf({ covered, possible, binds, tasks }: Drawn, sinceMs: number): Drawn {
  const left = (spans: readonly Span[]) => spans.filter(({ toMs }) => toMs >= sinceMs);
  return { binds, covered: left(covered), possible: left(possible), tasks: left(tasks) };
}
