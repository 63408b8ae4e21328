import t from 'tap';
import { joinedFixes } from '../../src/archive/joined-fixes.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { compareLogged, type FixQuery, type LoggedFix, StretchIndex } from '../../src/log/fix-history.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { CLOCK_AHEAD_MS } from '../../src/model/limits.js';
import { compareLogIds, type LogId } from '../../src/model/log-id.js';
import { createRandom } from '../../src/simulator/random.js';
import { readTraces } from '../../src/traces/trace-query.js';
import { HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import type { TestScope } from '../support/redis-server.js';
import { DrawnFleet, TRACKERS } from './drawn-fixes.js';
import { LiveArchive } from './live-archive.js';

const SEED = 20_261_129;

/** What a query must give, from the entries themselves. */
function expected(entries: readonly RawEntry[], query: FixQuery, upTo: LogId): LoggedFix[] {
  const index = new StretchIndex(query.stretches);
  const all: LoggedFix[] = [];
  for (const { id, kind, payload } of entries) {
    if (kind !== 'fixes' || compareLogIds(id, upTo) > 0) continue;
    const entry = decodeLogEntry(kind, payload);
    if (entry.kind !== 'fixes') continue;
    for (const [place, { tracker, fixes }] of entry.batches.entries()) {
      for (const [ordinal, fix] of fixes.entries()) {
        const stretch = index.find(tracker, fix.eventTimeMs);
        if (stretch === null || fix.eventTimeMs > id.ms + CLOCK_AHEAD_MS) continue;
        all.push({ stretch, logId: id, place, ordinal, fix });
      }
    }
  }
  return all.sort(compareLogged);
}

/** Everything of the fleet; one tracker changed hands. */
function wholeQuery(toMs: number, more: Partial<FixQuery> = {}): FixQuery {
  const stretches = TRACKERS.flatMap((tracker) =>
    tracker === 'bd-2'
      ? [
          { tracker, fromMs: T0 + HOUR, toMs: T0 + 20 * HOUR },
          { tracker, fromMs: T0 + 20 * HOUR, toMs },
        ]
      : [{ tracker, fromMs: T0, toMs }],
  );
  return { stretches, detail: 'whole', upTo: null, trackers: TRACKERS.length, ...more };
}

async function sendUntil(live: LiveArchive, fleet: DrawnFleet, fromMs: number, toMs: number): Promise<void> {
  for (let ms = fromMs; ms < toMs; ms += 10 * MINUTE) {
    live.clock.setMs(ms);
    const entry = fleet.entryAt(ms);
    if (entry !== null) await live.log.append(entry);
  }
}

t.test('a query reads every fix once while flush, compaction and trim run under it (A2, L1)', async (t) => {
  const live = await LiveArchive.open(t);
  const fleet = new DrawnFleet(createRandom(SEED, 'joined'));
  const all: RawEntry[] = [];
  const note = async () => void all.push(...(await live.entries(all.at(-1)?.id)));
  await sendUntil(live, fleet, T0, T0 + 50 * HOUR);
  await note();
  for (let i = 0; i < 12; i += 1) await live.flush(20);

  const archive = await live.reader();
  t.teardown(() => archive.close());
  const log = live.fixes();
  const history = joinedFixes({ district: live.district, archive, log, sliceRows: 40 });
  const query = wholeQuery(T0 + 90 * HOUR);
  const reading = await history.open(query);
  const rows: LoggedFix[] = [];
  let batches = 0;
  for await (const batch of reading.batches()) {
    rows.push(...batch);
    batches += 1;
    if (batches === 1) {
      await sendUntil(live, fleet, T0 + 50 * HOUR, T0 + 60 * HOUR);
      await note();
      await live.flush();
    }
    if (batches === 2) await live.compact();
    if (batches === 3) await live.trim();
  }
  t.ok(batches > 5, `it was read in ${batches} pieces`);
  const want = expected(all, query, reading.upTo);
  t.ok(want.length > 1_000, `${want.length} rows`);
  t.strictSame(rows, want);

  const again = await history.open({ ...query, upTo: reading.upTo });
  t.strictSame(await gather(again), want, 'the same log end gives the same rows later, from the archive alone');
  const now = await history.open(query);
  t.strictSame(await gather(now), expected(all, query, now.upTo), 'without it, also what came since');
  t.ok(compareLogIds(now.upTo, reading.upTo) > 0);
});

t.test('at each state between flushes and trims, a query gives what the log says', async (t) => {
  const live = await LiveArchive.open(t);
  const random = createRandom(SEED, 'states');
  const fleet = new DrawnFleet(random);
  const archive = await live.reader();
  t.teardown(() => archive.close());
  const log = live.fixes();
  const byBlocks = joinedFixes({ district: live.district, archive, log, sliceRows: 200 });
  const byStatements = joinedFixes({ district: live.district, archive, log, sliceRows: 200, blockRows: 0 });
  const bare = joinedFixes({ district: live.district, archive: null, log });
  const all: RawEntry[] = [];
  for (let hour = 0; hour < 60; hour += 6) {
    await sendUntil(live, fleet, T0 + hour * HOUR, T0 + (hour + 6) * HOUR);
    all.push(...(await live.entries(all.at(-1)?.id)));
    if (hour > 0 && random.chance(0.7)) await live.flush(random.integer(1, 60));
    if (random.chance(0.3)) await live.compact();
    const fromMs = T0 + random.integer(0, hour) * HOUR;
    const query = wholeQuery(fromMs + 8 * HOUR);
    const stretches = query.stretches.map((one) => ({ ...one, fromMs: Math.max(one.fromMs, fromMs) }));
    const narrow = { ...query, stretches: stretches.filter((one) => one.fromMs < one.toMs) };
    const reading = await byStatements.open(narrow);
    t.strictSame(await gather(reading), expected(all, narrow, reading.upTo), `${hour} h by statements`);
    for (const times of ['first', 'again'])
      t.strictSame(
        await gather(await byBlocks.open(narrow)),
        expected(all, narrow, reading.upTo),
        `by blocks ${times}`,
      );
    if (hour === 0)
      t.strictSame(await gather(await bare.open(narrow)), expected(all, narrow, reading.upTo), 'Redis alone');
    if (random.chance(0.5) && archive.lines.length > 0) await live.trim();
  }
  await live.flush();
  await live.trim();
  const whole = wholeQuery(T0 + 90 * HOUR);
  const alone = joinedFixes({ district: live.district, archive, log: null });
  const reading = await alone.open(whole);
  t.strictSame(await gather(reading), expected(all, whole, reading.upTo), 'the archive alone');
  const left = await bare.open(whole);
  t.ok((left.goneBeforeMs ?? 0) > T0, 'without the archive it says what is gone');
});

/** Five days of the fleet, archived a day a part, and what the log had. */
async function fiveDays(t: TestScope): Promise<{ readonly live: LiveArchive; readonly all: readonly RawEntry[] }> {
  const live = await LiveArchive.open(t);
  const fleet = new DrawnFleet(createRandom(SEED, 'five-days'));
  for (let day = 0; day < 5; day += 1) {
    await sendUntil(live, fleet, T0 + day * 24 * HOUR, T0 + (day + 1) * 24 * HOUR);
    await live.flush(150);
  }
  await live.flush();
  const all = await live.entries();
  await live.compact();
  return { live, all };
}
const KEEP_MS = 49 * HOUR;

t.test('a query says of which log times fixes were deleted, and has all others', async (t) => {
  const { live, all } = await fiveDays(t);
  await live.forgetFixes(KEEP_MS);
  const archive = await live.reader();
  t.teardown(() => archive.close());
  const history = joinedFixes({ district: live.district, archive, log: live.fixes() });
  const query = wholeQuery(T0 + 120 * HOUR);
  const reading = await history.open(query);
  const [deleted, ...more] = reading.deleted;
  t.strictSame(more, [], 'days that follow each other are one');
  t.ok(deleted !== undefined && deleted.fromMs <= T0 && deleted.toMs > T0 + 40 * HOUR, JSON.stringify(deleted));
  const left = all.filter(({ id }) => id.ms >= (deleted?.toMs ?? 0));
  t.strictSame(await gather(reading), expected(left, query, reading.upTo));
  const plans = [plan({ places: [], rules: [], units: TRACKERS.map((tracker) => ({ ...unit(tracker), tracker })) })];
  const source = { fixes: history, plansSince: async () => ({ plans, fromMs: 0 }), nowMs: () => T0 + 120 * HOUR };
  const range = { fromMs: T0, toMs: T0 + 120 * HOUR };
  const { facts } = await readTraces(source, { ...range, units: null, after: null });
  t.strictSame(facts.missing, [{ what: 'log', ...deleted }]);
  const stretches = [{ tracker: 'bd-1', fromMs: T0 + 110 * HOUR, toMs: T0 + 120 * HOUR }];
  t.strictSame((await history.open({ ...query, stretches })).deleted, [], 'of a day that is whole it says nothing');
});

for (const wasAsked of [false, true]) {
  t.test(
    `a reading beneath which fixes are deleted ends with a code, and opened again it says which: ${wasAsked ? 'asked before, so they are in memory' : 'asked for the first time'}`,
    async (t) => {
      const { live, all } = await fiveDays(t);
      const archive = await live.reader();
      t.teardown(() => archive.close());
      const history = joinedFixes({ district: live.district, archive, log: live.fixes(), sliceRows: 40 });
      const query = wholeQuery(T0 + 120 * HOUR);
      if (wasAsked) await gather(await history.open(query));
      const reading = await history.open(query);
      t.strictSame(reading.deleted, []);
      let batches = 0;
      const read = async () => {
        for await (const _ of reading.batches()) {
          batches += 1;
          if (batches === 2) await live.forgetFixes(KEEP_MS);
        }
      };
      await t.rejects(read(), { code: 'fixes-deleted' });
      t.equal(batches, 2, 'nothing is answered after the deletion');
      const again = await history.open(query);
      t.equal(again.deleted.length, 1);
      const left = all.filter(({ id }) => id.ms >= (again.deleted[0]?.toMs ?? 0));
      t.strictSame(await gather(again), expected(left, query, again.upTo));
    },
  );
}

t.test('a query that is given up stops, and says so', async (t) => {
  const live = await LiveArchive.open(t);
  await sendUntil(live, new DrawnFleet(createRandom(SEED, 'stop')), T0, T0 + 10 * HOUR);
  await live.flush();
  const archive = await live.reader();
  t.teardown(() => archive.close());
  const history = joinedFixes({
    district: live.district,
    archive,
    log: live.fixes(),
    sliceRows: 20,
  });
  const stop = new AbortController();
  const reading = await history.open(wholeQuery(T0 + 10 * HOUR, { signal: stop.signal }));
  await t.rejects(async () => {
    for await (const _ of reading.batches()) stop.abort(new Error('enough'));
  }, /enough/);
});

async function gather(reading: { batches(): AsyncGenerator<readonly LoggedFix[]> }): Promise<LoggedFix[]> {
  const rows: LoggedFix[] = [];
  for await (const batch of reading.batches()) rows.push(...batch);
  return rows;
}
