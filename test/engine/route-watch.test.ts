import t from 'tap';
import type { RoutePassRule } from '../../src/model/plan.js';
import type { LimitInForce } from '../../src/engine/plan/limits-over.js';
import { cellsOf, type HitKind, segmentSeenAt } from '../../src/engine/routes/cells.js';
import { rememberWatch, type WatchInput, watchRoute } from '../../src/engine/routes/overdue.js';
import type { RouteHit } from '../../src/engine/routes/seen.js';
import { Random } from '../geo/support.js';

const SEED = 20_261_203;
t.comment(`seed ${SEED}`);
/** Instants are whole, and near 0: what they count is of no matter. */
const NOW = 400;
const CELLS = cellsOf(300);

const RULE: RoutePassRule = {
  id: 'patrol',
  kind: 'route-pass',
  severity: 'low',
  binds: 'always',
  places: ['avenue'],
  everyMs: 60,
  passWithinMs: 40,
  by: 'unit',
  graceMs: 10,
  unitKinds: ['car'],
};
const LIMIT: LimitInForce<RoutePassRule> = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  limitMs: RULE.everyMs + RULE.graceMs,
  rule: RULE,
  planVersion: 1,
};

interface Drawn {
  readonly hits: readonly RouteHit[];
  /** When its hits complete a pass. */
  readonly passes: readonly number[];
  readonly binds: readonly number[];
  readonly doubts: readonly { readonly unit: string; readonly fromMs: number; readonly toMs: number }[];
}

function drawn(random: Random): Drawn {
  const hits: RouteHit[] = [];
  for (let n = random.int(0, 12); n > 0; n -= 1) {
    const unit = random.pick(['a', 'b']);
    const kind = random.pick<HitKind>(['observed', 'observed', 'observed', 'inferred', 'maybe']);
    let atMs = random.int(1, NOW);
    const isForward = random.int(0, 1) === 1;
    const [from, to] = [random.int(0, 3), random.int(CELLS.cells - 4, CELLS.cells - 1)];
    const count = random.pick([to - from, to - from, random.int(1, 8)]);
    for (let i = 0; i <= count && atMs <= NOW; i += 1) {
      const cell = isForward ? from + i : to - i;
      hits.push({ atMs, cell, kind, isForward, unit, runner: unit, passWithinMs: RULE.passWithinMs });
      atMs += random.int(0, 3);
    }
  }
  hits.sort((a, b) => a.atMs - b.atMs || a.cell - b.cell || (a.unit < b.unit ? -1 : 1) || (a.kind < b.kind ? -1 : 1));
  const doubts = Array.from({ length: random.int(0, 2) }, () => {
    const fromMs = random.int(1, NOW);
    return { unit: 'c', fromMs, toMs: Math.min(NOW + 1, fromMs + random.int(1, 60)) };
  });
  const opensMs = random.int(1, 150);
  const again = random.int(260, 330);
  const binds = random.pick([
    [opensMs, NOW + 100],
    [opensMs, 250, again, NOW + 100],
    [opensMs, again],
  ]);
  return { hits, passes: slowPasses(hits), binds, doubts };
}

function inputOf({ hits, binds, doubts }: Drawn, more: Partial<WatchInput> = {}): WatchInput {
  const maybe = hits
    .filter(({ kind }) => kind === 'maybe')
    .map(({ unit, atMs }) => ({ unit, fromMs: atMs, toMs: atMs }));
  return {
    line: 'l',
    cells: CELLS,
    nowMs: NOW,
    sinceMs: 0,
    remembered: null,
    binds,
    limits: [LIMIT],
    hits,
    doubts: () => [...doubts, ...maybe],
    outages: [],
    reportIntervalMs: 10,
    ...more,
  };
}

/** What is late just before an instant: looked for in all hits anew. */
function slowSinceMs({ hits, passes }: Drawn, opensMs: number, atMs: number, withMaybe: boolean): number {
  const before = hits.filter((hit) => hit.atMs <= atMs);
  const isSeen = ({ kind }: RouteHit): boolean => withMaybe || kind !== 'maybe';
  let sinceMs = atMs;
  for (let segment = 0; segment < CELLS.segments; segment += 1) {
    const times = before.filter((hit) => isSeen(hit) && segmentSeenAt(hit.cell) === segment).map((hit) => hit.atMs);
    sinceMs = Math.min(sinceMs, Math.max(opensMs, ...times));
  }
  const passMs = Math.max(opensMs, ...passes.filter((ms) => ms <= (before.at(-1)?.atMs ?? 0)));
  const maybeMs = withMaybe ? before.filter(({ kind }) => kind === 'maybe').map((hit) => hit.atMs) : [];
  return Math.min(sinceMs, Math.max(passMs, ...maybeMs));
}

/** The ends of passes: of each unit's hits, from its last pass on. */
function slowPasses(hits: readonly RouteHit[]): number[] {
  const ends: number[] = [];
  for (const unit of ['a', 'b']) {
    let passedMs = 0;
    const own = hits.filter((hit) => hit.unit === unit && hit.kind !== 'maybe');
    for (const [i, { atMs }] of own.entries()) {
      const cells = new Set(
        own
          .slice(0, i + 1)
          .filter((hit) => hit.atMs > passedMs && hit.atMs >= atMs - RULE.passWithinMs)
          .map(({ cell }) => cell),
      );
      const holes = [...cells]
        .sort((a, b) => a - b)
        .flatMap((cell, n, all) => (n === 0 ? [] : [cell - (all[n - 1] as number) - 1]));
      const covered = cells.size + holes.filter((hole) => hole <= 2).reduce((sum, hole) => sum + hole, 0);
      if (covered * 10 < CELLS.cells * 9) continue;
      ends.push(atMs);
      passedMs = atMs;
    }
  }
  return ends;
}

interface Told {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly isSure: boolean;
}

/** Instant by instant: when it is overdue, and whether it was sure. */
function slowEpisodes(one: Drawn): Told[] {
  const found: Told[] = [];
  for (let w = 0; w < one.binds.length; w += 2) {
    const [opensMs, closesMs] = [one.binds[w] as number, one.binds[w + 1] as number];
    let fromMs: number | null = null;
    let wasSure = false;
    for (let atMs = opensMs; atMs <= Math.min(closesMs, NOW); atMs += 1) {
      const isOver = atMs === closesMs || atMs - slowSinceMs(one, opensMs, atMs, false) < RULE.everyMs;
      const isSure = isSureAt(one, opensMs, atMs);
      if (fromMs !== null && (isOver || atMs === NOW)) {
        if (isOver && atMs - fromMs >= RULE.graceMs) found.push({ fromMs, toMs: atMs, isSure: wasSure || isSure });
        if (!isOver && atMs - fromMs >= RULE.graceMs)
          found.push({ fromMs, toMs: null, isSure: isSureAt(one, opensMs, NOW, true) });
      }
      if (isOver) [fromMs, wasSure] = [null, false];
      else {
        fromMs ??= atMs;
        wasSure ||= isSureAt(one, opensMs, atMs, true);
      }
    }
  }
  return found;
}

/** Whether for `everyMs` up to an instant nobody may have seen what is late. `after`: with what was seen at the instant itself. */
function isSureAt(one: Drawn, opensMs: number, atMs: number, after = false): boolean {
  const known = after ? one : { ...one, hits: one.hits.filter((hit) => hit.atMs < atMs) };
  const sinceMs = slowSinceMs(known, opensMs, atMs, true);
  const free = one.doubts.filter(({ fromMs }) => fromMs < atMs).map(({ toMs }) => Math.min(toMs, atMs));
  return atMs - Math.max(sinceMs, ...free) >= RULE.everyMs;
}

t.test('overdue times are those of a search instant by instant', async (t) => {
  const random = new Random(SEED);
  let [episodes, sure, passes] = [0, 0, 0];
  for (let i = 0; i < 800; i += 1) {
    const one = drawn(random);
    const fast = watchRoute(inputOf(one));
    const told = fast.episodes.map(({ fromMs, toMs, certainty }) => ({
      fromMs,
      toMs,
      isSure: certainty === 'uncovered',
    }));
    const slow = slowEpisodes(one);
    episodes += slow.length;
    sure += slow.filter(({ isSure }) => isSure).length;
    passes += one.passes.length;
    if (JSON.stringify(told) !== JSON.stringify(slow)) {
      t.same(told, slow, `drawn ${i}`);
      t.comment(JSON.stringify(one));
      break;
    }
    const last = Math.max(0, ...one.passes);
    if ((fast.ledger.lastPass?.toMs ?? 0) !== last) {
      t.equal(fast.ledger.lastPass?.toMs ?? 0, last, `drawn ${i}: the last pass`);
      break;
    }
  }
  t.ok(
    episodes > 600 && sure > 300 && sure < episodes - 60 && passes > 300,
    `${episodes}, ${sure} sure, ${passes} passes`,
  );
});

t.test('what is forgotten changes nothing that comes after', async (t) => {
  const random = new Random(SEED + 1);
  let compared = 0;
  for (let i = 0; i < 800; i += 1) {
    const one = drawn(random);
    const whole = watchRoute(inputOf(one));
    let remembered: WatchInput['remembered'] = null;
    let sinceMs = 0;
    for (const cutoffMs of [random.int(1, NOW / 2), random.int(NOW / 2, NOW - 1)]) {
      const left = leftOf(one, sinceMs);
      remembered = rememberWatch(inputOf(left, { sinceMs, remembered }), cutoffMs);
      sinceMs = cutoffMs;
    }
    const rest = watchRoute(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }));
    const expected = whole.episodes.filter(({ toMs }) => toMs === null || toMs >= sinceMs);
    compared += expected.length;
    const isSame =
      JSON.stringify(rest.episodes) === JSON.stringify(expected) &&
      rest.dueMs === whole.dueMs &&
      JSON.stringify(rest.ledger.dump(NOW, RULE.passWithinMs)) ===
        JSON.stringify(whole.ledger.dump(NOW, RULE.passWithinMs));
    if (isSame) continue;
    t.same(rest.episodes, expected, `drawn ${i}, forgotten before ${sinceMs}`);
    t.comment(JSON.stringify(one));
    t.same(rest.ledger.dump(NOW, RULE.passWithinMs), whole.ledger.dump(NOW, RULE.passWithinMs));
    t.equal(rest.dueMs, whole.dueMs);
    break;
  }
  t.ok(compared > 500, `${compared} episodes`);
});

/** What a fold still holds when what ended before an instant is forgotten. */
function leftOf({ hits, passes, binds, doubts }: Drawn, sinceMs: number): Drawn {
  return {
    binds,
    passes,
    hits: hits.filter(({ atMs }) => atMs >= sinceMs),
    doubts: doubts.filter(({ toMs }) => toMs >= sinceMs),
  };
}
