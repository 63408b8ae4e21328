import t from 'tap';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { FoldedDay } from '../../src/days/fold-day.js';
import { recordDigest } from '../../src/days/record-digest.js';
import { drawScenario, play } from '../engine/scenario.js';
import { HOUR, MINUTE, T0 } from '../engine/support.js';
import { latestVisits } from '../engine/verdicts.js';
import { EarlierActs } from '../../src/days/earlier-acts.js';
import { historyEvents } from '../../src/days/history-events.js';
import { IncompleteDays } from '../../src/days/incomplete-days.js';
import { type LocalDay, localDay } from '../../src/days/local-day.js';
import { settleDueDays, type SettlerPorts } from '../../src/days/settler.js';
import type { LogHistory, LogStretch } from '../../src/log/log-history.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import type { SettledDay } from '../../src/model/day-record.js';
import { keptLog } from '../support/redis-server.js';
import { DAY, keptHistory, logOf, settledDay } from './support.js';

t.setTimeout(400_000);

const HOURS = 3;
/** All that a scene sends has come by then. */
const UNTIL_MS = T0 + 12 * HOUR;

/** The day of a scene of which fixes come up to so late, some of them twice. */
async function dayOf(seed: number, delayMs: number): Promise<FoldedDay> {
  const arrivals = drawScenario(seed, { hours: HOURS, delayMs, plans: true, events: true });
  return await settledDay(logOf(play(arrivals, { untilMs: UNTIL_MS })));
}

t.test('any order of arrival gives the same settled day, byte for byte', async (t) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const inOrder = await dayOf(seed, 0);
    const { places, visits, alerts } = inOrder.record;
    t.ok(visits.length > 5 && alerts.length > 3, `seed ${seed}: ${visits.length} visits, ${alerts.length} alerts`);
    t.ok(
      places.some(({ covered, unknown }) => covered.length > 0 && unknown.length > 0),
      'presence and doubt',
    );
    for (const delayMs of [2 * HOUR, 8 * HOUR]) {
      const late = await dayOf(seed, delayMs);
      t.equal(recordDigest(late.record), recordDigest(inOrder.record), `seed ${seed}, up to ${delayMs} ms late`);
      t.equal(canonicalJson(late.record), canonicalJson(inOrder.record));
      t.ok(late.late.size > 0, 'it says which units came too late for the live fold');
    }
  }
});

t.test('a day with more fixes than are held at once is read in parts, to the same bytes', async (t) => {
  const arrivals = drawScenario(4, { hours: HOURS, delayMs: 2 * HOUR, plans: true, events: true });
  const log = logOf(play(arrivals, { untilMs: UNTIL_MS }));
  const whole = await settledDay(log);
  for (const fixesAtOnce of [100, 1_000]) {
    const kept = keptHistory(log);
    let reads = 0;
    const read: typeof kept.read = (stretch) => {
      reads += 1;
      return kept.read(stretch);
    };
    const inParts = await settledDay(log, { fixesAtOnce, history: { ...kept, read } });
    t.ok(reads > 3, `${fixesAtOnce} at once: the log was read ${reads} times`);
    t.equal(canonicalJson(inParts.record), canonicalJson(whole.record));
    t.strictSame([...inParts.late], [...whole.late]);
  }
});

t.test('a day of which something was deleted is not folded, and holds up no other', async (t) => {
  const log = logOf(
    play(drawScenario(1, { hours: 1, delayMs: 0, plans: false, events: false }), { untilMs: UNTIL_MS }),
  );
  const lacking = (goneBeforeMs: number) => {
    const kept = keptHistory(log);
    return { ...kept, read: async (stretch: LogStretch) => ({ ...(await kept.read(stretch)), goneBeforeMs }) };
  };
  await t.rejects(settledDay(log, { history: lacking(DAY.fromMs) }), {
    code: 'day-incomplete',
    message: /^2026-11-24: got a log that lacks some of what came before .*, expected all from /,
  });
  const whole = await settledDay(log);
  const before = await settledDay(log, { history: lacking(DAY.fromMs - 13 * HOUR) });
  t.equal(recordDigest(before.record), recordDigest(whole.record), 'what is older than the fold begins is not missed');
  const logger = keptLog();
  const tried: string[] = [];
  const ports: SettlerPorts = {
    logTimes: async () => ({ fromMs: DAY.fromMs, toMs: DAY.fromMs + 3 * 24 * HOUR - 1 }),
    eventsOf: (day, readToMs) => {
      tried.push(day.day);
      return historyEvents(lacking(day.toMs), { district: 'test', day, readToMs });
    },
    hoursLogged: async () => new Set(),
    liveFindings: async () => ({ alerts: [], visits: [] }),
    settledDays: async () => [],
    readSettlement: () => Promise.reject(new Error('nothing is settled')),
    append: () => Promise.reject(new Error('nothing is to be settled')),
  };
  const incomplete = new IncompleteDays();
  const o = { district: 'test', timeZone: 'Asia/Shanghai', settleAtMinute: 720, incomplete, logger };
  t.equal(await settleDueDays(ports, o), 0);
  t.strictSame(tried, ['2026-11-24', '2026-11-25']);
  t.strictSame(incomplete.dates, tried, 'it is known which they are');
  t.equal(logger.lines.filter(({ level }) => level === 'warn').length, 2);

  // It is looked each five minutes for a day and a half, until a third day is due.
  for (let lookedMs = 5 * MINUTE; lookedMs <= 36 * HOUR; lookedMs += 5 * MINUTE) {
    const toMs = DAY.fromMs + 3 * 24 * HOUR - 1 + lookedMs;
    await settleDueDays({ ...ports, logTimes: async () => ({ fromMs: DAY.fromMs, toMs }) }, o);
  }
  const first = tried.filter((date) => date === '2026-11-24');
  t.equal(first.length, 9, 'each is tried again after longer and longer pauses');
  await settleDueDays({ ...ports, settledDays: async () => [settledDayOf('2026-11-24')] }, o);
  t.notOk(incomplete.dates.includes('2026-11-24'), 'what is settled after all is forgotten');
});

function settledDayOf(day: string): SettledDay {
  return { day, fromMs: DAY.fromMs, toMs: DAY.toMs, settlements: [{ readToMs: 0 }] } as unknown as SettledDay;
}

t.test('plans and tasks are read from the beginning of the log once, and each day is made from the same', async (t) => {
  const bench = play(drawScenario(2, { hours: HOURS, delayMs: 0, plans: true, events: true }), { untilMs: UNTIL_MS });
  const days = Array.from({ length: 7 }, (_, i) => localDay(`2026-11-${24 + i}`, 'Asia/Shanghai'));
  const task = (taskId: string, atMs: number, toMs: number | null) => {
    const what = { taskId, actor: 'li', task: 'escort', units: ['car-1'], places: [], reason: 'r' } as const;
    bench.tickTo(atMs, HOUR);
    bench.append(atMs, { kind: 'task', ...what, fromMs: T0, toMs });
  };
  task('closed-later', T0 + 13 * HOUR, null);
  task('over', T0 + 14 * HOUR, T0 + 15 * HOUR);
  task('open', T0 + 50 * HOUR, null);
  task('closed-later', T0 + 75 * HOUR, T0 + 76 * HOUR);
  bench.tickTo((days.at(-1)?.toMs ?? 0) + 24 * HOUR, HOUR);
  const log = logOf(bench);
  const earlier = new EarlierActs();
  let visited = 0;
  const counted = (): LogHistory => {
    const kept = keptHistory(log);
    const count = (stretch: LogStretch) => (entries: readonly RawEntry[]) => {
      if (stretch.kinds?.includes('task') === true) visited += entries.length;
      stretch.visit(entries);
    };
    return { ...kept, read: (stretch) => kept.read({ ...stretch, visit: count(stretch) }) };
  };
  const acts = log.filter(({ kind }) => kind === 'plan' || kind === 'task').length;
  for (const day of days) {
    const o = { district: 'test', day, readToMs: Number.MAX_SAFE_INTEGER };
    const [kept, alone] = [await historyEvents(counted(), { ...o, earlier }), await historyEvents(keptHistory(log), o)];
    for (const part of ['plans', 'tasks', 'acts'] as const)
      t.strictSame(kept[part], alone[part], `${part} of ${day.day}`);
    t.equal(visited, acts, 'none is read twice');
    if (day === days[0]) t.strictSame([kept.plans, kept.tasks], [[], []], 'nothing was logged before it');
  }
  const { tasks } = await historyEvents(counted(), {
    district: 'test',
    day: days[2] as LocalDay,
    readToMs: 1e15,
    earlier,
  });
  t.same(
    tasks.map(({ taskId, toMs }) => [taskId, toMs]),
    [['closed-later', null]],
    'as the tasks stood then',
  );
});

t.test('a day that came in order settles to the visits that the live fold found', async (t) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const bench = play(drawScenario(seed, { hours: HOURS, delayMs: 0, plans: true, events: false }), {
      untilMs: UNTIL_MS,
    });
    const { record } = await settledDay(logOf(bench));
    const live = latestVisits(bench.visits)
      .filter(({ state }) => state !== 'retracted')
      .map(({ kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole }) => {
        return { kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole };
      });
    t.same(
      new Set(record.visits.map((visit) => canonicalJson(visit))),
      new Set(live.map((visit) => canonicalJson(visit))),
    );
  }
});
