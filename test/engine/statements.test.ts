import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { prune } from '../../src/engine/prune.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { CoverageRecord, StatementRecord } from '../../src/model/hot.js';
import { MAX_STATEMENT_MS, MAX_UNIT_STATEMENTS } from '../../src/model/limits.js';
import type { StatementEntry } from '../../src/model/log-entry.js';
import type { PlanPlace, PlanRule } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, said, square, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const GATE = circle('gate', at(0), 100);
/** 1.5 km from the gate. */
const MARKET = circle('market', at(1_500), 100);
/** The gate lies in it, the market does not. */
const TOWN = square('town', at(0), 600);
const POSTS = checkpointGap(['gate', 'market']);
const ZONES = checkpointGap(['town'], { id: 'zone-gap', kind: 'zone-gap' } as Partial<PlanRule>);

/** car-1 is to be stated about, car-2 reports from where it is in no place's way. */
class Scene extends Bench {
  readonly #coverage = new Map<string, CoverageRecord | null>();
  #statement: StatementRecord | null = null;
  #count = 0;

  constructor(places: PlanPlace[] = [GATE, MARKET, TOWN], more: { readonly possibleForMs?: number } = {}) {
    super(plan({ places, units: [unit('car-1'), unit('car-2')], rules: [POSTS, ZONES].map(only(places)), ...more }));
  }

  say(more: Partial<StatementEntry>, lastsMs = 2 * HOUR): void {
    this.#count += 1;
    this.append(this.nowMs, {
      kind: 'statement',
      statementId: `s-${this.#count}`,
      actor: 'li',
      unit: 'car-1',
      at: null,
      notAt: [],
      untilMs: this.nowMs + lastsMs,
      note: null,
      ...more,
    });
  }

  run(lastsMs: number, car1?: () => PositionE7 | null): void {
    this.drive(this.nowMs + lastsMs, { 'car-2': () => at(40_000), ...(car1 === undefined ? {} : { 'car-1': car1 }) });
  }

  place(id: string): CoverageRecord {
    this.#take();
    return this.#coverage.get(id) as CoverageRecord;
  }

  get statement(): StatementRecord | null {
    this.#take();
    return this.#statement;
  }

  #take(): void {
    const { coverage, units } = takeHotDelta(this.state);
    for (const [place, record] of coverage) this.#coverage.set(place, record);
    const record = units.get('car-1');
    if (record !== undefined) this.#statement = record?.statement ?? null;
  }
}

/** A rule about those of its places that there are. */
function only(places: readonly PlanPlace[]) {
  return (rule: PlanRule): PlanRule =>
    'places' in rule ? { ...rule, places: rule.places.filter((id) => places.some((place) => place.id === id)) } : rule;
}

t.test('a silent unit that is stated to be at a place covers it as stated, and is possible nowhere else', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  t.match(bench.place('gate'), { presence: 'unknown', possibleUnits: ['car-1'] }, 'nothing was heard of it');
  bench.say({ at: 'market', note: 'by radio' });
  t.match(bench.statement, {
    statementId: 's-1',
    actor: 'li',
    at: 'market',
    notAt: [],
    note: 'by radio',
    endedMs: null,
  });
  bench.run(10_000);
  t.match(bench.place('market'), { presence: 'covered', units: ['car-1'], statedUnits: ['car-1'], possibleUnits: [] });
  t.match(bench.place('gate'), { presence: 'uncovered', units: [], statedUnits: [], possibleUnits: [] });
  t.match(bench.place('town'), { presence: 'uncovered' });
  bench.run(15 * MINUTE);
  const posts = latest(bench.alerts).filter(({ rule }) => rule === 'checkpoint-gap');
  t.match(posts, [{ place: 'gate', certainty: 'uncovered', condition: 'active' }]);
  t.match(posts[0]?.evidence.stated, [{ unit: 'car-1', at: 'market', statedAtMs: T0 + 5 * MINUTE + 1_000 }]);
  t.match(said(posts[0]), { zh: /电台/, en: /by radio/ });
  t.strictSame(bench.visits, [], 'it is no visit');
  t.equal(takeHotDelta(bench.state).positions.get('car-1') ?? null, null, 'and no position');
});

t.test('who is at a place that lies in another is in that too, and may be in what it lies partly in', async (t) => {
  const edge = circle('edge', at(600), 100);
  const bench = new Scene([GATE, MARKET, TOWN, edge]);
  bench.run(MINUTE);
  bench.say({ at: 'gate' });
  bench.run(10_000);
  t.match(bench.place('town'), { presence: 'covered', statedUnits: ['car-1'] });
  t.match(bench.place('edge'), { presence: 'uncovered' });
  bench.say({ at: 'edge' });
  bench.run(10_000);
  t.match(bench.place('edge'), { presence: 'covered', statedUnits: ['car-1'] });
  t.match(bench.place('town'), { presence: 'unknown', possibleUnits: ['car-1'], statedUnits: [] });
  t.match(bench.place('gate'), { presence: 'uncovered' });
});

t.test('a unit that is stated not to be at a place is in doubt elsewhere only', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ notAt: ['gate'] }, 10 * MINUTE);
  const statedAtMs = bench.nowMs;
  bench.run(9 * MINUTE);
  t.match(bench.place('gate'), { presence: 'uncovered', possibleUnits: [] });
  t.match(bench.place('market'), { presence: 'unknown', possibleUnits: ['car-1'] });
  bench.run(MINUTE + 20_000);
  t.match(
    bench.place('gate'),
    { presence: 'unknown', possibleUnits: ['car-1'] },
    'the statement is over, the silence is not',
  );
  t.match(bench.statement, { endedMs: statedAtMs + 10 * MINUTE, endedBy: 'time' });
});

t.test('the next position ends a statement, and says more than it', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' });
  bench.run(20 * MINUTE);
  t.match(bench.place('gate'), { presence: 'covered', statedUnits: ['car-1'] });
  const seenMs = bench.nowMs;
  bench.send('car-1', fix(seenMs, at(1_500)));
  bench.run(30_000, () => at(1_500));
  t.match(bench.statement, { endedMs: seenMs, endedBy: 'position' });
  t.match(bench.place('gate'), { presence: 'uncovered', lastUnit: 'car-1', lastCoveredMs: seenMs });
  t.match(bench.place('market'), { presence: 'covered', units: ['car-1'], statedUnits: [] });
  bench.run(13 * MINUTE, () => at(1_500));
  const [gate] = latest(bench.alerts).filter(({ place }) => place === 'gate');
  t.match(gate, { fromMs: seenMs, condition: 'active', evidence: { lastUnit: 'car-1', lastSeenMs: seenMs } });
  t.match(gate?.evidence.stated, [{ unit: 'car-1', at: 'gate' }], 'nobody saw it there');
});

t.test('a unit that reports is where it reports from, whatever is said', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE, () => at(1_500));
  bench.say({ at: 'gate' });
  bench.run(20_000, () => at(1_500));
  t.match(bench.place('gate'), { presence: 'uncovered', statedUnits: [] });
  t.match(bench.place('market'), { presence: 'covered', statedUnits: [] });
  t.match(bench.statement, { endedBy: 'position' });
  bench.run(5 * MINUTE);
  t.match(
    bench.place('gate'),
    { presence: 'unknown', lastCoveredMs: null },
    'it was never there, as one knows afterwards',
  );
  bench.run(MINUTE, () => at(1_500));
  const last = bench.nowMs;
  bench.say({ at: 'gate' });
  bench.run(5 * MINUTE);
  t.match(bench.place('gate'), { presence: 'covered', statedUnits: ['car-1'] }, 'it has been silent since');
  t.match(bench.place('market'), { presence: 'uncovered' });
  t.ok(bench.alerts.every(({ fromMs }) => fromMs < last));
});

t.test('a fix that comes late is judged by itself, and ends the statement at its own time', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' });
  const statedMs = bench.nowMs;
  bench.run(25 * MINUTE);
  t.match(
    latest(bench.alerts).filter(({ place }) => place === 'gate'),
    [],
  );
  const backlog = Array.from({ length: 6 }, (_, i) =>
    fix(statedMs + MINUTE + i * 10_000, at(5_000), { backfill: true }),
  );
  bench.send('car-1', ...backlog);
  bench.run(10_000);
  t.match(bench.statement, { endedMs: statedMs + MINUTE, endedBy: 'position' });
  t.match(
    latest(bench.alerts).filter(({ place }) => place === 'gate'),
    [{ fromMs: statedMs + MINUTE }],
  );
  const before = new Scene();
  before.run(5 * MINUTE);
  before.say({ at: 'gate' });
  before.run(MINUTE);
  before.send('car-1', fix(statedMs - MINUTE, at(5_000), { backfill: true }));
  before.run(10_000);
  t.match(before.statement, { endedMs: null }, 'one from before it was made does not');
  t.match(before.place('gate'), { presence: 'covered', statedUnits: ['car-1'] });
});

t.test('a vague position ends a statement only where it rules it out', async (t) => {
  const vague = (ms: number, where: PositionE7) => fix(ms, where, { accuracyDm: 2_000 });
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' });
  bench.run(MINUTE);
  bench.send('car-1', vague(bench.nowMs, at(500)));
  bench.run(10_000);
  t.match(bench.statement, { endedMs: null }, '400 m from the gate, give or take 200');
  t.match(bench.place('gate'), { presence: 'covered' });
  bench.run(2 * MINUTE);
  bench.send('car-1', vague(bench.nowMs, at(2_000)));
  const lostMs = bench.nowMs;
  bench.run(10_000);
  t.match(bench.statement, { endedMs: lostMs, endedBy: 'position' });
  t.match(
    bench.place('gate'),
    { presence: 'unknown', statedUnits: [] },
    'no position that fences can use has come yet',
  );
  t.match(bench.place('market'), { presence: 'unknown', possibleUnits: ['car-1'] });
  bench.say({ notAt: ['gate', 'market'] });
  bench.run(10_000);
  bench.send('car-1', vague(bench.nowMs, at(1_000)));
  bench.run(10_000);
  t.match(bench.statement, { endedMs: null });
  bench.send('car-1', vague(bench.nowMs, at(1_700)));
  bench.run(10_000);
  t.match(bench.statement, { endedBy: 'position' }, 'it may well be at the market');
});

t.test('what was said until a time leaves a doubt as a last position does', async (t) => {
  const bench = new Scene([GATE, MARKET, TOWN], { possibleForMs: 20 * MINUTE });
  bench.run(45 * MINUTE);
  t.match(bench.place('gate'), { presence: 'uncovered', possibleUnits: [] }, 'silent for too long');
  bench.say({ at: 'market' }, 10 * MINUTE);
  const endMs = bench.nowMs + 10 * MINUTE;
  bench.run(10 * MINUTE + 5_000);
  t.match(bench.statement, { endedMs: endMs, endedBy: 'time' });
  t.match(bench.place('market'), { presence: 'unknown', possibleUnits: ['car-1'], lastCoveredMs: endMs });
  t.match(bench.place('gate'), { presence: 'uncovered' }, 'as far as it could have gone');
  bench.run(2 * MINUTE);
  t.match(bench.place('gate'), { presence: 'unknown', possibleUnits: ['car-1'] });
  const [gate] = latest(bench.alerts).filter(({ place }) => place === 'gate');
  t.notOk(gate?.evidence.notReporting);
  bench.run(19 * MINUTE);
  for (const id of ['gate', 'market']) t.match(bench.place(id), { presence: 'uncovered', possibleUnits: [] }, id);
});

t.test('a unit has one statement at a time; the next replaces it, and an empty one takes it back', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' });
  bench.run(5 * MINUTE);
  const movedMs = bench.nowMs;
  bench.say({ at: 'market' });
  bench.run(10_000);
  t.match(bench.place('gate'), { presence: 'uncovered', lastCoveredMs: movedMs, possibleUnits: [] });
  t.match(bench.place('market'), { presence: 'covered', statedUnits: ['car-1'] });
  bench.say({});
  bench.run(10_000);
  for (const id of ['gate', 'market']) t.match(bench.place(id), { presence: 'unknown', possibleUnits: ['car-1'] }, id);
  bench.append(bench.nowMs, {
    kind: 'statement',
    ...{
      statementId: 's-1',
      actor: 'li',
      unit: 'car-1',
      at: 'gate',
      notAt: [],
      untilMs: bench.nowMs + HOUR,
      note: null,
    },
  });
  bench.run(10_000);
  t.match(bench.statement, { statementId: 's-3' }, 'an entry that comes again changes nothing');
});

t.test('what the plan does not have, what is over, too far ahead or one too many changes nothing', async (t) => {
  const bench = new Scene();
  bench.run(MINUTE);
  const wrong: readonly (readonly [Partial<StatementEntry>, number])[] = [
    [{ unit: 'nobody', at: 'gate' }, HOUR],
    [{ at: 'nowhere' }, HOUR],
    [{ notAt: ['gate', 'nowhere'] }, HOUR],
    [{ at: 'gate' }, 0],
    [{ at: 'gate' }, MAX_STATEMENT_MS + 1],
  ];
  for (const [more, lastsMs] of wrong) {
    bench.say(more, lastsMs);
    t.equal(bench.state.statements.size, 0, JSON.stringify(more));
  }
  bench.say({ at: 'gate' }, MAX_STATEMENT_MS);
  for (let i = 1; i <= MAX_UNIT_STATEMENTS; i += 1) bench.say({ notAt: ['gate'] });
  t.equal(bench.state.statements.get('car-1')?.length, MAX_UNIT_STATEMENTS);
});

t.test('a tracker whose clock is ahead has said where it is before the statement was made', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  const aheadMs = bench.nowMs + 30_000;
  bench.send('car-1', fix(aheadMs - 1, at(5_000)), fix(aheadMs, at(5_000)));
  bench.tickTo(bench.nowMs + 2_000);
  bench.say({ at: 'gate' });
  bench.run(5 * MINUTE);
  t.match(bench.statement, { endedMs: aheadMs - 1, endedBy: 'position' });
  t.match(bench.place('gate'), { statedUnits: [] });
});

t.test('a unit that is out of service covers nothing, whatever is said', async (t) => {
  const bench = new Scene();
  bench.run(MINUTE);
  bench.say({ at: 'gate' });
  bench.run(10_000);
  t.match(bench.place('gate'), { statedUnits: ['car-1'] });
  const task = { taskId: 'x', actor: 'li', task: 'out-of-service', units: ['car-1'], places: [], reason: 'x' } as const;
  bench.append(bench.nowMs, { kind: 'task', ...task, fromMs: bench.nowMs, toMs: null });
  bench.run(10_000);
  t.match(bench.place('gate'), { presence: 'uncovered', statedUnits: [] });
});

t.test('statements survive a restart, and are forgotten when nothing depends on them any more', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' }, HOUR);
  bench.run(30 * MINUTE);
  const restored = restoreState(dumpState(bench.state));
  t.same(dumpState(restored), dumpState(bench.state));
  t.equal(restored.statements.get('car-1')?.length, 1);
  const endMs = T0 + 5 * MINUTE + 1_000 + HOUR;
  bench.run(30 * MINUTE);
  const told = (): string[] =>
    latest(bench.alerts)
      .filter(({ place }) => place === 'gate')
      .map(({ fromMs, certainty }) => `${fromMs} ${certainty}`);
  bench.run(45 * MINUTE);
  t.strictSame(told(), [`${endMs} uncovered`]);
  bench.run(3 * HOUR);
  prune(bench.state);
  t.equal(bench.state.statements.size, 0);
  bench.run(10_000);
  t.equal(bench.statement, null);
  t.match(bench.place('gate'), { lastUnit: 'car-1', lastCoveredMs: endMs });
  t.strictSame(told(), [`${endMs} uncovered`], 'the gap began when the statement ended, and still does');
});

t.test('a log that goes back in time forgets what was said in a time that was none', async (t) => {
  const bench = new Scene();
  bench.run(5 * MINUTE);
  bench.say({ at: 'gate' });
  bench.run(MINUTE);
  const skippedToMs = bench.nowMs;
  const resume = { sinceMs: skippedToMs - 5 * MINUTE, atMs: skippedToMs - 3 * MINUTE, skippedToMs } as const;
  bench.append(resume.atMs, { kind: 'resume', ...resume, actor: 'li', reason: 'the clock was ahead' });
  t.equal(bench.state.statements.size, 0);
});
