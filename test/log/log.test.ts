import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { MAX_WAITING_APPENDS } from '../../src/log/append-queue.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { LogReader } from '../../src/log/log-reader.js';
import { digestOf, lastId, logKey, type RawEntry } from '../../src/log/raw-entry.js';
import { MAX_ENTRIES_PER_READ, MAX_ENTRY_BYTES } from '../../src/model/limits.js';
import type { GenesisEntry, HeartbeatEntry, LogEntry } from '../../src/model/log-entry.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { Metrics } from '../../src/model/ports.js';
import { type RedisHandle, openRedis } from '../../src/redis/handle.js';
import { fillUp, keptLog, startTestRedis, type TestRedisOptions, type TestScope } from '../support/redis-server.js';
import { startReplyCuttingProxy } from '../support/reply-cutting-proxy.js';

const district = 'north';
const genesis: GenesisEntry = { kind: 'genesis', district, clock: 'virtual', foldVersion: 1 };
const metrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
const spoke = (tracker: string): HeartbeatEntry => ({ kind: 'heartbeat', trackers: [tracker] });

/** A clock that goes where the test says, back as well. */
class TestClock {
  readonly kind = 'virtual';
  ms = 1_000_000;
  nowMs(): number {
    return this.ms;
  }
}

function logOn(handle: RedisHandle, clock: TestClock): DistrictLog {
  return new DistrictLog({ district, append: handle.connect('append'), clock, logger: keptLog(), metrics });
}

function readerOn(handle: RedisHandle, after: LogId = LOG_START): LogReader {
  return new LogReader({ district, connection: handle.connect('read'), after });
}

async function begun(t: TestScope, o: TestRedisOptions = {}) {
  const redis = await startTestRedis(t, o);
  const clock = new TestClock();
  const log = logOn(redis.handle, clock);
  await log.ensureGenesis(genesis);
  return { ...redis, clock, log, admin: redis.handle.connect('query') };
}

/** The whole log, in order. */
async function readAll(handle: RedisHandle): Promise<RawEntry[]> {
  const reader = readerOn(handle);
  const all: RawEntry[] = [];
  for (;;) {
    const entries = await reader.read({ count: 64, blockMs: 0 });
    if (entries.length === 0) return all;
    all.push(...entries);
  }
}

const idsOf = (entries: readonly RawEntry[]) => entries.map((entry) => formatLogId(entry.id));

t.test('T2: an id is max(last, now) with an ordinal, by one script for both clocks', async (t) => {
  const { handle, clock, log, admin } = await begun(t);
  clock.ms = 2_000_000;
  const ids = [await log.append(spoke('a')), await log.append(spoke('a'))];
  clock.ms = 1_500_000;
  ids.push(await log.append(spoke('b')), (await log.tick({ force: true })) ?? LOG_START);
  clock.ms = 2_000_001;
  ids.push((await log.tick({ force: true })) ?? LOG_START, await log.append(spoke('c')));
  t.strictSame(ids.map(formatLogId), ['2000000-0', '2000000-1', '2000000-2', '2000000-3', '2000001-0', '2000001-1']);
  const entries = await readAll(handle);
  t.strictSame(idsOf(entries), ['1000000-0', ...ids.map(formatLogId)]);
  t.strictSame(
    entries.map((entry) => entry.kind),
    ['genesis', 'heartbeat', 'heartbeat', 'heartbeat', 'tick', 'tick', 'heartbeat'],
  );
  t.strictSame(
    Buffer.from(entries[1]?.payload ?? []),
    Buffer.from(encodeLogEntry(spoke('a'))),
    'bytes as they were given',
  );
  t.strictSame((await readAll(handle))[0]?.kind, 'genesis');
  t.strictSame(await lastId(admin, district), { ms: 2_000_001, seq: 1 });
});

t.test('T1: eight tickers, at most one tick a second, none while others write', async (t) => {
  const { handle, clock, log } = await begun(t);
  const tickers = Array.from({ length: 8 }, () => logOn(handle, clock));
  for (let step = 0; step < 40; step += 1) {
    clock.ms += 250;
    await Promise.all(tickers.map((ticker) => ticker.tick()));
  }
  const ticks = (await readAll(handle)).filter((entry) => entry.kind === 'tick').map((entry) => entry.id.ms);
  t.strictSame(
    ticks,
    Array.from({ length: 10 }, (_, i) => 1_001_000 + i * 1_000),
  );
  clock.ms += 900;
  const { ms } = await log.append(spoke('a'));
  clock.ms = ms + 999;
  t.equal(await log.tick(), null, 'the last entry is 999 ms old');
  clock.ms = ms + 1_000;
  t.strictSame(await log.tick(), { ms: ms + 1_000, seq: 0 });
  clock.ms = ms - 120_000;
  t.equal(await log.tick(), null, 'a clock that went back does not tick');
});

t.test('genesis comes first, once, and says which clock', async (t) => {
  const { handle, folder } = await startTestRedis(t);
  const clock = new TestClock();
  const log = logOn(handle, clock);
  await t.rejects(log.append(spoke('a')), { code: 'log-missing' });
  await t.rejects(log.tick({ force: true }), { code: 'log-missing' });
  const both = await Promise.all([log.ensureGenesis(genesis), logOn(handle, clock).ensureGenesis(genesis)]);
  t.equal(both.filter(({ created }) => created).length, 1);
  t.strictSame(await log.ensureGenesis({ ...genesis, foldVersion: 2 }), { created: false, genesis }, 'as it began');
  await t.rejects(log.ensureGenesis({ ...genesis, clock: 'wall' }), {
    code: 'clock-kind-mismatch',
    message: /got a log on the virtual clock, expected the wall clock/,
  });
  await t.rejects(log.ensureGenesis({ ...genesis, district: 'south' }), { code: 'log-foreign' });

  const admin = handle.connect('query');
  clock.ms += 1;
  const second = await log.append(spoke('a'));
  await admin.xtrim(logKey(district), 'MINID', formatLogId(second));
  t.match(await log.ensureGenesis(genesis), { created: false }, 'known after trimming as well');
  await t.rejects(log.ensureGenesis({ ...genesis, clock: 'wall' }), { code: 'clock-kind-mismatch' });
  await admin.del(`bw:{${district}}:genesis`);
  await t.rejects(log.ensureGenesis(genesis), { code: 'log-trimmed' });
  await admin.set(`bw:{${district}}:genesis`, Buffer.from(encodeLogEntry(genesis)));
  await admin.del(logKey(district));
  await t.rejects(log.ensureGenesis(genesis), { code: 'log-wiped' }, 'never a second beginning by mistake');
  t.ok(folder);
});

t.test('O2: an append with a lost reply is made again until it is known; order and content stand', async (t) => {
  const { handle, socketPath, clock, folder } = await begun(t);
  const proxy = await startReplyCuttingProxy(t, socketPath);
  const cut = await openRedis({ url: proxy.socketPath, dataFolder: folder, logger: keptLog() });
  t.teardown(() => cut.close());
  const log = logOn(cut, clock);
  await log.append(spoke('warm'));
  // Every third script call loses its reply, every seventh does not arrive at all.
  let calls = 0;
  proxy.decide = (chunk) => {
    if (!/evalsha/i.test(chunk)) return 'pass';
    calls += 1;
    if (calls % 3 === 0) return 'cut-reply';
    return calls % 7 === 0 ? 'cut-request' : 'pass';
  };
  const answered: { tracker: string; id: LogId }[] = [];
  const appends = Array.from({ length: 30 }, async (_, i) => {
    answered.push({ tracker: `t${i}`, id: await log.append(spoke(`t${i}`)) });
  });
  await Promise.all(appends);
  t.ok(proxy.cuts > 5, `${proxy.cuts} connections cut`);
  const entries = await readAll(handle);
  const trackerOf = (entry: RawEntry) => Buffer.from(entry.payload).subarray(2).toString();
  const logged = entries.slice(2).map(trackerOf);
  t.strictSame(
    [...new Set(logged)],
    answered.map(({ tracker }) => tracker),
    'in the order of the calls, none missing',
  );
  t.ok(logged.length <= 30 + proxy.cuts, `${logged.length} entries: some stand twice`);
  const firstPlaces = answered.map(({ tracker }) => logged.indexOf(tracker));
  t.strictSame(
    [...firstPlaces].sort((a, b) => a - b),
    firstPlaces,
  );
  for (const { tracker, id } of answered) {
    t.ok(
      entries.some((entry) => compareLogIds(entry.id, id) === 0 && trackerOf(entry) === tracker),
      `${tracker} stands where it was said`,
    );
  }
});

t.test('two writers on one district: every entry once, ids rise [two]', async (t) => {
  const { handle, clock, log } = await begun(t);
  const other = logOn(handle, clock);
  const ids = await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      clock.ms += i % 7 === 0 ? 1 : 0;
      return (i % 2 === 0 ? log : other).append(spoke(`t${i}`));
    }),
  );
  t.equal(new Set(ids.map(formatLogId)).size, 60);
  const entries = await readAll(handle);
  t.equal(entries.length, 61);
  t.ok(entries.every((entry, i) => i === 0 || compareLogIds(entries[i - 1]?.id ?? LOG_START, entry.id) < 0));
});

/** A slow disk acknowledges few between two kills. */
const LEAST_ACKNOWLEDGED = 6;

t.test('acknowledged entries survive kills of Redis while they are written [durable]', async (t) => {
  const { handle, log } = await begun(t);
  const ids: LogId[] = [];
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i += 1) ids.push(await log.append(spoke(`t${i}`)));
  })();
  for (let kill = 0; kill < 3; kill += 1) {
    await sleep(60);
    const pid = await handle.pid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
    await sleep(200);
  }
  while (ids.length < LEAST_ACKNOWLEDGED) await sleep(20);
  writing = false;
  await writer;
  const standing = new Set(idsOf(await readAll(handle)));
  t.strictSame(
    ids.filter((id) => !standing.has(formatLogId(id))),
    [],
    'none is missing',
  );
});

const acts: readonly LogEntry[] = [
  { kind: 'plan', plan: { district, version: 1 } as CompiledPlan },
  {
    kind: 'action',
    actionId: 'a',
    actor: 'li',
    action: 'acknowledge',
    alertId: 'x',
    alertVersion: 1,
    comment: null,
    untilMs: null,
  },
  {
    kind: 'task',
    taskId: 't',
    actor: 'li',
    task: 'escort',
    units: ['car-1'],
    places: [],
    fromMs: 0,
    toMs: null,
    reason: 'x',
  },
  {
    kind: 'statement',
    statementId: 's',
    actor: 'li',
    unit: 'car-1',
    at: 'gate',
    notAt: [],
    untilMs: 1,
    note: null,
  },
  {
    kind: 'access',
    reads: [{ actor: 'li', role: 'auditor', purpose: null, what: 'x', parameters: '{}', records: 0 }],
  },
];

t.test(
  'R1: at maxmemory fixes are refused with a code, people and ticks go on, and it resumes by itself [full]',
  async (t) => {
    const { handle, clock, log, admin } = await begun(t, { maxmemoryBytes: 8_000_000 });
    await fillUp(admin);
    await t.rejects(log.append(spoke('a')), { code: 'log-full', message: /OOM/ });
    for (const entry of acts) t.ok(await log.append(entry), entry.kind);
    await t.rejects(
      log.append({ kind: 'fixes', batches: [] }),
      { code: 'log-full' },
      'there is no more room than before',
    );
    clock.ms += 1_000;
    t.ok(await log.tick(), 'a tick');
    t.equal((await handle.check()).accepting, false);
    t.equal((await readAll(handle)).length, 2 + acts.length, 'reads go on');
    await admin.flushdb().catch(() => undefined);
    await log.ensureGenesis(genesis);
    t.ok(await log.append(spoke('a')));
  },
);

t.test('refusals carry codes: read-only, wrong type, denied, too large, too many waiting', async (t) => {
  const { handle, log, admin } = await begun(t);
  await admin.rename(logKey(district), 'aside');
  await admin.set(logKey(district), 'something else');
  await t.rejects(log.append(spoke('a')), { code: 'log-wrong-type' });
  await t.rejects(log.tick(), { code: 'log-wrong-type' });
  await t.rejects(readAll(handle), { code: 'log-wrong-type' });
  await admin.rename('aside', logKey(district));
  await admin.config('SET', 'min-replicas-to-write', '1');
  await t.rejects(log.append(spoke('a')), { code: 'log-no-replicas' });
  await admin.config('SET', 'min-replicas-to-write', '0');
  await admin.call('REPLICAOF', '127.0.0.1', '1');
  await t.rejects(log.append(spoke('a')), { code: 'log-readonly' });
  await admin.call('REPLICAOF', 'NO', 'ONE');
  t.ok(await log.append(spoke('a')), 'and goes on when it may');
  await t.rejects(log.appendEncoded('fixes', new Uint8Array(MAX_ENTRY_BYTES + 1)), { code: 'log-entry-too-large' });
  t.ok(await log.appendEncoded('fixes', new Uint8Array(MAX_ENTRY_BYTES)), 'the limit itself passes');
  const results = await Promise.allSettled(
    Array.from({ length: 1 + MAX_WAITING_APPENDS.reports + 1 }, () => log.append(spoke('a'))),
  );
  t.strictSame(
    results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : [])),
    ['log-busy'],
  );
});

t.test('an append waits while Redis is away, until its signal or the end of the connection', async (t) => {
  const { handle, socketPath, clock, folder } = await begun(t);
  const proxy = await startReplyCuttingProxy(t, socketPath);
  const cut = await openRedis({ url: proxy.socketPath, dataFolder: folder, logger: keptLog() });
  const log = logOn(cut, clock);
  await log.append(spoke('warm'));
  proxy.decide = () => 'cut-request';
  const stop = new AbortController();
  const given = log.append(spoke('given-up'), stop.signal);
  const ticks = [log.tick(), log.tick()];
  await sleep(100);
  stop.abort(new Error('shutting down'));
  await t.rejects(given);
  const waiting = log.append(spoke('waiting'));
  await Promise.all([
    t.rejects(waiting, { code: 'redis-closed' }),
    ...ticks.map((tick) => t.rejects(tick, { code: 'redis-closed' })),
    cut.close(),
  ]);
  await t.rejects(log.append(spoke('late')), { code: 'redis-closed' });
  t.equal((await readAll(handle)).length, 2);
});

t.test('a reader gets everything in order, in any cut, and wakes up for the next', async (t) => {
  const { handle, log } = await begun(t);
  for (let i = 0; i < 150; i += 1) await log.append(spoke(`t${i}`));
  const reader = readerOn(handle);
  const sizes: number[] = [];
  const seen: RawEntry[] = [];
  for (const count of [1, 7, 1_000, 64, 64]) {
    const entries = await reader.read({ count, blockMs: 0 });
    sizes.push(entries.length);
    seen.push(...entries);
  }
  t.strictSame(sizes, [1, 7, MAX_ENTRIES_PER_READ, 64, 15], 'C5');
  t.strictSame(idsOf(seen), idsOf(await readAll(handle)));
  t.strictSame(await reader.read({ count: 64, blockMs: 20 }), [], 'nothing within the wait');
  const woken = reader.read({ count: 64, blockMs: 10_000 });
  await sleep(20);
  await log.append(spoke('late'));
  t.equal((await woken).length, 1);
  const resumed = new LogReader({
    district,
    connection: handle.connect('read'),
    after: reader.at,
    afterDigest: reader.digest,
  });
  t.strictSame(await resumed.read({ count: 64, blockMs: 0 }), []);
});

t.test('L1: a reader notices what was trimmed or rewritten under it, and says what is missing', async (t) => {
  const { handle, clock, log, admin } = await begun(t);
  const key = logKey(district);
  const ids: LogId[] = [];
  for (let i = 0; i < 10; i += 1) {
    clock.ms += 1;
    ids.push(await log.append(spoke(`t${i}`)));
  }
  const at = (i: number) => ids[i] ?? LOG_START;
  const readTo = async (i: number) => {
    const reader = readerOn(handle);
    while (compareLogIds(reader.at, at(i)) < 0) await reader.read({ count: 1, blockMs: 0 });
    return reader;
  };
  const [atFloor, behind, restored] = [await readTo(4), await readTo(3), await readTo(6)];
  await admin.xtrim(key, 'MINID', formatLogId(at(4)));
  t.equal((await atFloor.read({ count: 64, blockMs: 0 })).length, 5, 'the entry at the floor stands: reading goes on');
  await t.rejects(behind.read({ count: 64, blockMs: 0 }), {
    code: 'log-trimmed',
    message: new RegExp(`begins at ${formatLogId(at(4))}; everything from ${formatLogId(at(3))}`),
  });
  await t.rejects(behind.read({ count: 64, blockMs: 1_000 }), { code: 'log-trimmed' }, 'before it waits');
  await t.rejects(readerOn(handle).read({ count: 64, blockMs: 0 }), {
    code: 'log-trimmed',
    message: /expected genesis/,
  });
  await t.rejects(readerOn(handle, { ms: 5, seq: 0 }).read({ count: 1, blockMs: 0 }), { code: 'log-trimmed' });

  // The same id with other bytes, as after a failover to a replica that had not got it.
  const fork = async (other: string, from: number) => {
    const entries = (await admin.xrangeBuffer(key, '-', '+')) as [Buffer, Buffer[]][];
    await admin.del(key);
    for (const [id, fields] of entries.slice(0, from)) await admin.xadd(key, id, ...fields);
    if (other !== '')
      await admin.xadd(key, formatLogId(at(6)), 'k', 'heartbeat', 'p', Buffer.from(encodeLogEntry(spoke(other))));
  };
  await fork('other', 2);
  await t.rejects(restored.read({ count: 64, blockMs: 0 }), { code: 'log-rewritten', message: /other bytes/ });
  const learnt = readerOn(handle, at(6));
  t.strictSame(await learnt.read({ count: 64, blockMs: 0 }), [], 'a reader without a digest learns it');
  t.ok(learnt.digest);
  const told = { district, connection: handle.connect('read'), after: at(6) };
  const digest = digestOf({ id: at(6), kind: 'heartbeat', payload: encodeLogEntry(spoke('t6')) });
  await t.rejects(new LogReader({ ...told, afterDigest: digest }).read({ count: 1, blockMs: 0 }), {
    code: 'log-rewritten',
  });

  await fork('', 2);
  await t.rejects(learnt.read({ count: 64, blockMs: 0 }), { code: 'log-rewritten', message: /ends at/ });
  await admin.del(key);
  await t.rejects(learnt.read({ count: 64, blockMs: 0 }), { code: 'log-rewritten', message: /empty/ });
  await admin.xadd(key, '9999999-0', 'somebody', 'else');
  await t.rejects(readerOn(handle).read({ count: 1, blockMs: 0 }), {
    code: 'log-foreign-entry',
    message: /expected k and p/,
  });
});
