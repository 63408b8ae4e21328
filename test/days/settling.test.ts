import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type DaySettlingOptions, keepSettling, settleOnce } from '../../src/app/day-settling.js';
import { decodeLogEntry, encodeLogEntry } from '../../src/codec/log-codec.js';
import { recordDigest } from '../../src/days/record-digest.js';
import { redisHistory } from '../../src/log/log-history.js';
import { logKey, rawEntryOf } from '../../src/log/raw-entry.js';
import { readSettledDays, readSettlement } from '../../src/log/settlements.js';
import type { DayMark } from '../../src/model/day-record.js';
import type { SettlementEntry } from '../../src/model/log-entry.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { random } from '../engine/verdicts.js';
import { drawScenario, play } from '../engine/scenario.js';
import { actOnLast, at, Bench, circle, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import { keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';
import { store, stored } from './stored-log.js';
import { keptHistory, logOf, settledDay } from './support.js';

t.setTimeout(400_000);

/** Noon of the next local day, when 2026-11-24 is due. */
const NOON_MS = T0 + 28 * HOUR;

async function server(
  t: TestScope,
): Promise<{ readonly o: DaySettlingOptions; readonly connection: RedisConnection; readonly socketPath: string }> {
  const { handle, folder, socketPath } = await startTestRedis(t);
  const connection = handle.connect('query');
  const o = {
    district: 'test',
    folder: `${folder}/archive`,
    connection,
    settleAtMinute: 720,
    logger: keptLog(),
    signal: new AbortController().signal,
  };
  return { o, connection, socketPath };
}

/** A scene whose fixes come up to five hours late, and ticks until the day is due. */
function lateDay(): Bench {
  return play(drawScenario(3, { hours: 3, delayMs: 5 * HOUR, plans: false, events: false }), { untilMs: NOON_MS });
}

/** For tests that add nothing to it. */
const late = lateDay();

async function settlementsIn(connection: RedisConnection): Promise<SettlementEntry[]> {
  const replies = await connection.xrangeBuffer(logKey('test'), '-', '+');
  return replies.map(rawEntryOf).flatMap(({ kind, payload }) => {
    const entry = kind === 'settlement' ? decodeLogEntry(kind, payload) : null;
    return entry?.kind === 'settlement' ? [entry] : [];
  });
}

t.test('two settlers settle a day once, and it says where the live verdicts differ and why', async (t) => {
  const { o, connection } = await server(t);
  await store(connection, late);
  await Promise.all([settleOnce(o), settleOnce(o)]);
  t.equal(await settleOnce(o), 0, 'and no more later');
  const entries = await settlementsIn(connection);
  const [day, ...more] = await readSettledDays(o);
  t.equal(more.length, 0);
  t.equal(day?.day, '2026-11-24');
  t.equal(day?.settlements.length, 1);
  const mark = day?.settlements[0];
  if (mark === undefined) throw new Error('got no settlement');
  t.equal(entries.length, mark.parts);
  const { record, changes, correction } = await readSettlement(redisHistory(o), '2026-11-24', mark);
  t.equal(recordDigest(record), mark.digest);
  t.equal(mark.digest, recordDigest((await settledDay(logOf(late))).record), 'as anybody makes it from the log');
  t.equal(correction, null);
  t.ok(changes.length > 3, `${changes.length} differences`);
  t.ok(changes.every(({ why }) => why.length > 0 && why.every(({ is }) => is !== 'unexplained')));
  t.ok(changes.some(({ why }) => why.some(({ is }) => is === 'late-fixes')));
});

t.test(
  'what comes after a day was settled makes one correction, at the next daily run, that says what changed',
  async (t) => {
    const { o, connection } = await server(t);
    const bench = play(drawScenario(3, { hours: 3, delayMs: 0, plans: false, events: false }), { untilMs: NOON_MS });
    await store(connection, bench);
    t.equal(await settleOnce(o), 1);
    const before = stored(bench);
    // Somebody was at a gate all evening, and says so a day later.
    bench.tickTo(NOON_MS + MINUTE, 9_000);
    for (let ms = T0 + 10 * HOUR; ms < T0 + 11 * HOUR; ms += 10_000) bench.send('car-1', fix(ms, at(0)));
    bench.tickTo(NOON_MS + 6 * HOUR, 9_000);
    await store(connection, bench, before);
    t.equal(await settleOnce(o), 0, 'not before the next daily run');
    const noon = stored(bench);
    bench.tickTo(NOON_MS + 24 * HOUR, 9_000);
    await store(connection, bench, noon);
    t.equal(await settleOnce(o), 2, 'a correction, and the day after');
    t.equal(await settleOnce(o), 0);
    const [day, next] = await readSettledDays(o);
    t.equal(next?.day, '2026-11-25');
    t.equal(day?.settlements.length, 2);
    const [first, second] = day?.settlements ?? [];
    if (first === undefined || second === undefined) throw new Error('got no correction');
    const { correction, record } = await readSettlement(redisHistory(o), '2026-11-24', second);
    t.equal(correction?.corrects, first.digest);
    t.same(correction?.units, ['car-1']);
    t.ok(correction?.places.includes('a-gate'));
    t.ok(
      correction?.visits.added.some(
        ({ unit, place, innerFromMs }) => unit === 'car-1' && place === 'a-gate' && innerFromMs === T0 + 10 * HOUR,
      ),
    );
    t.equal(recordDigest(record), recordDigest((await settledDay(logOf(bench))).record));
  },
);

t.test('an act that bears on a day after it was settled makes a correction, too', async (t) => {
  const { o, connection } = await server(t);
  const early = { ...o, settleAtMinute: 30 };
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], rules: [], units: [unit('car-1')] }));
  const midnightMs = T0 + 16 * HOUR;
  bench.tickTo(midnightMs - HOUR, 9_000);
  bench.send('car-1', fix(midnightMs - HOUR, at(0), { sos: true }));
  bench.tickTo(midnightMs + 31 * MINUTE, 9_000);
  await store(connection, bench);
  t.equal(await settleOnce(early), 1);
  const before = stored(bench);
  const call = bench.alerts.findLast(({ rule }) => rule === 'sos');
  bench.tickTo(midnightMs + 40 * MINUTE, 9_000);
  const { alertId = '', version: alertVersion = 0 } = call ?? {};
  actOnLast(bench, 'resolve', { alertId, alertVersion, comment: 'spoke to the crew' });
  bench.tickTo(midnightMs + 24 * HOUR + 31 * MINUTE, 9_000);
  await store(connection, bench, before);
  t.equal(await settleOnce(early), 2, 'a correction, and the day after');
  const [day] = await readSettledDays(o);
  const [first, second] = day?.settlements ?? [];
  if (first === undefined || second === undefined) throw new Error('got no correction');
  const ends = async (mark: DayMark) =>
    (await readSettlement(redisHistory(o), '2026-11-24', mark)).record.alerts.map(({ toMs }) => toMs);
  t.strictSame(await ends(first), [null]);
  t.strictSame(await ends(second), [midnightMs + 40 * MINUTE]);
});

t.test('a day that lacks something is told of after each look', async (t) => {
  const { o, connection } = await server(t);
  await store(connection, late);
  await connection.xtrim(logKey('test'), 'MINID', `${T0 + HOUR}-0`);
  const stop = new AbortController();
  const told: (string | null)[] = [];
  await keepSettling({ ...o, signal: stop.signal }, (wrong) => {
    told.push(wrong);
    stop.abort();
  });
  t.strictSame(told, ['not settled, because something of them was deleted: 2026-11-24']);
});

t.test('a settlement whose entries are not as they were is gone', async (t) => {
  const { o, connection } = await server(t);
  await store(connection, late);
  await settleOnce(o);
  const [day] = await readSettledDays(o);
  const mark = day?.settlements[0];
  if (mark === undefined) throw new Error('got no settlement');
  const entries = (await connection.xrangeBuffer(logKey('test'), '-', '+')).map(rawEntryOf);
  const [first] = entries.filter(({ kind }) => kind === 'settlement');
  const cut = Buffer.from(first?.payload ?? []).subarray(0, -40);
  const other = encodeLogEntry({
    ...(decodeLogEntry('settlement', first?.payload ?? cut) as SettlementEntry),
    piece: cut,
  });
  for (const payload of [cut, Buffer.from('no payload'), other]) {
    const history = keptHistory(entries.map((entry) => (entry.id === first?.id ? { ...entry, payload } : entry)));
    const read = readSettlement(history, '2026-11-24', mark);
    await t.rejects(read, {
      code: 'settlement-gone',
      message: /^settlement of 2026-11-24: got .*, expected \d+ entries/,
    });
  }
});

const KILLS = 10;

t.test('a settler that is killed at any moment leaves a day that is settled later, once', async (t) => {
  const { o, connection, socketPath } = await server(t);
  await store(connection, late);
  const next = random(7);
  const program = new URL('./settler-program.js', import.meta.url);
  const startMs = performance.now();
  const { record } = await settledDay(logOf(late));
  const foldMs = performance.now() - startMs;
  let kills = 0;
  // Later each time: from its beginning to about when it has settled the day.
  for (let i = 0; i < KILLS; i += 1) {
    const child = fork(program, [socketPath, o.folder], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const exit = once(child, 'exit');
    await once(child, 'message');
    const ended = await Promise.race([
      exit.then(() => true),
      sleep((1.2 * foldMs * (i + next())) / KILLS).then(() => false),
    ]);
    if (!ended) {
      child.kill('SIGKILL');
      await exit;
      kills += 1;
    }
    const [day] = await readSettledDays(o);
    const entries = await settlementsIn(connection);
    t.equal(entries.length, day?.settlements[0].parts ?? 0, 'all of it or nothing');
  }
  t.ok(kills > KILLS / 2, `${kills} kills`);
  await settleOnce(o);
  const [day] = await readSettledDays(o);
  t.equal(day?.settlements.length, 1);
  t.equal(day?.settlements[0].digest, recordDigest(record));
});

t.test('a settlement changes nothing that the live fold decides', async (t) => {
  const { o, connection } = await server(t);
  const bench = lateDay();
  await store(connection, bench);
  await settleOnce(o);
  const [alerts, visits] = [bench.alerts.length, bench.visits.length];
  for (const entry of await settlementsIn(connection)) bench.append(NOON_MS, entry);
  bench.tickTo(NOON_MS + 10 * MINUTE);
  t.equal(bench.alerts.length, alerts);
  t.equal(bench.visits.length, visits);
});
