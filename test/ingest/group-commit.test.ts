import fc from 'fast-check';
import t from 'tap';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { ConnectionTable } from '../../src/ingest/connection-table.js';
import { fixesEntry } from '../../src/ingest/flush-plan.js';
import { GroupCommit, type Outcome } from '../../src/ingest/group-commit.js';
import { fullGate, pass, waitMs } from '../../src/model/rate-gate.js';
import type { Timers } from '../../src/ingest/timers.js';
import { FLUSH_AFTER_MS, MAX_ENTRY_BYTES, MAX_FIXES_PER_REPORT } from '../../src/model/limits.js';
import type { TrackerBatch } from '../../src/model/log-entry.js';
import { batch } from '../codec/arbitraries.js';
import { keptLog } from '../support/redis-server.js';
import { DISTRICT, JumpTimers, KeptMetrics, MemoryDistrict, NOW_MS, until } from './support.js';

function largeBatch(tracker: string, report: number): TrackerBatch {
  const fixes = Array.from({ length: MAX_FIXES_PER_REPORT }, (_, index) => ({
    eventTimeMs: NOW_MS - index * 7_919,
    position: {
      lngE7: index % 2 === 0 ? -1_800_000_000 : 1_800_000_000,
      latE7: index % 2 === 0 ? 900_000_000 : -900_000_000,
    },
    altitudeDm: index % 2 === 0 ? 100_000 : -5_000,
    speedCmps: index % 2 === 0 ? 30_000 : 0,
    courseCdeg: index % 2 === 0 ? 35_999 : 0,
    located: index % 2 === 0,
    satellites: index % 2 === 0 ? 255 : 0,
    beidouSatellites: index % 2 === 0 ? 255 : 0,
    hdopCenti: index % 2 === 0 ? 100_000 : 1,
    accuracyDm: index % 2 === 0 ? 1_000_000 : 1,
    batteryPercent: index % 2 === 0 ? 100 : 0,
    power: true,
    ignition: true,
    lightbar: index % 2 === 0,
    sos: false,
    backfill: true,
  }));
  return { tracker, reportId: report.toString(16).padStart(32, '0'), fixes, rejected: [] };
}

/** Takes batches one after another and returns what each was answered, in the order of the answers. */
function offer(commit: GroupCommit, batches: readonly TrackerBatch[]): { readonly answers: [string, Outcome][] } {
  const answers: [string, Outcome][] = [];
  for (const one of batches) {
    commit.take({
      batch: one,
      frameBytes: 100,
      settle: (outcome) => answers.push([`${one.tracker} ${one.reportId}`, outcome]),
    });
  }
  return { answers };
}

function groupCommit(district: MemoryDistrict, timers: Timers = new JumpTimers()): GroupCommit {
  return new GroupCommit({
    districtId: DISTRICT,
    district,
    timers,
    logger: keptLog(),
    metrics: new KeptMetrics(),
    onCalm: () => undefined,
    onFull: () => undefined,
  });
}

t.test('full entries are appended at once, and no report is cut', async (t) => {
  const district = new MemoryDistrict();
  const commit = groupCommit(district);
  const batches = Array.from({ length: 40 }, (_, index) => largeBatch(`t-${40 - index}`, index));
  const { answers } = offer(commit, batches);
  await commit.drain();
  t.strictSame(
    answers.map(([key]) => key),
    batches.map((one) => `${one.tracker} ${one.reportId}`),
    'answered in order',
  );
  t.ok(answers.every(([, outcome]) => outcome.kind === 'logged'));
  t.equal(district.mostAppending, 1);
  t.equal(district.batches().length, 40);
  t.ok(district.entries.length > 1 && district.entries.length < 40, `${district.entries.length} entries`);
  for (const entry of district.entries) t.ok(encodeLogEntry(entry).length <= MAX_ENTRY_BYTES);
});

t.test('whatever the reports, each is in one entry, once, and entries fit', async (t) => {
  const seed = 20_260_117;
  t.comment(`seed ${seed}`);
  const property = fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 60 }), async (batches) => {
      const district = new MemoryDistrict();
      const commit = groupCommit(district);
      const { answers } = offer(commit, batches);
      await commit.drain();
      const logged = new Set(district.batches());
      return (
        answers.length === batches.length &&
        logged.size === batches.length &&
        batches.every((one) => logged.has(one)) &&
        district.entries.every((entry) => encodeLogEntry(entry).length <= MAX_ENTRY_BYTES)
      );
    }),
    { seed, numRuns: 60 },
  );
  await t.resolves(property);
});

t.test(
  'a backlog waits for the engine while live reports are logged and acknowledged, and all of it goes in the end',
  async (t) => {
    const district = new MemoryDistrict();
    district.folded = { ms: NOW_MS, seq: 0 };
    const commit = groupCommit(district);
    const live = (n: number): TrackerBatch => ({ ...largeBatch('live', n), fixes: [] });
    const { answers: acks } = offer(commit, [live(0)]);
    await until(() => acks.length === 1);
    const backlog = Array.from({ length: 60 }, (_, n) => largeBatch(`backlog-${n % 6}`, n));
    const { answers } = offer(commit, backlog);
    await until(() => answers.length > 0);
    for (let n = 1; n <= 20; n += 1) {
      const { answers: more } = offer(commit, [live(n)]);
      await until(() => more.length === 1);
    }
    const waited = backlog.length - answers.length;
    t.ok(waited > 30, `${waited} of ${backlog.length} reports wait for an engine that stands still`);
    district.folded = { ms: NOW_MS, seq: district.entries.length };
    await until(() => backlog.length - answers.length < waited);
    await commit.drain();
    t.equal(answers.length, backlog.length);
    t.ok(answers.every(([, outcome]) => outcome.kind === 'logged'));
  },
);

t.test('the bytes of an entry do not depend on the order of the sockets', (t) => {
  const seed = 7;
  t.comment(`seed ${seed}`);
  const property = () =>
    fc.assert(
      fc.property(fc.uniqueArray(batch, { selector: ({ tracker }) => tracker, maxLength: 20 }), (batches) => {
        const forward = encodeLogEntry(fixesEntry(batches));
        const backward = encodeLogEntry(fixesEntry(batches.toReversed()));
        return Buffer.compare(forward, backward) === 0;
      }),
      { seed },
    );
  t.doesNotThrow(property);
  const same = ['b', 'a', 'c'].map((id) => ({ tracker: 't-1', reportId: id, fixes: [], rejected: [] }));
  t.strictSame(
    fixesEntry(same).batches.map(({ reportId }) => reportId),
    ['b', 'a', 'c'],
    'a tracker keeps its own order',
  );
  t.end();
});

t.test('a report waits for company, but not longer than for the append before it', async (t) => {
  const district = new MemoryDistrict();
  const commit = groupCommit(district);
  const small = (tracker: string) => ({ tracker, reportId: '01', fixes: [], rejected: [] });
  district.hold();
  offer(commit, [small('t-1'), small('t-2')]);
  t.equal(district.appending, 0, 'waits');
  await until(() => district.appending === 1);
  offer(commit, [small('t-3')]);
  commit.takeHeartbeat('t-4');
  t.equal(district.appending, 1);
  district.letGo();
  await commit.drain();
  t.match(district.entries, [
    { batches: [{ tracker: 't-1' }, { tracker: 't-2' }] },
    { batches: [{ tracker: 't-3' }] },
    { kind: 'heartbeat', trackers: ['t-4'] },
  ]);
});

t.test('a burst after a pause goes out when it is read; what follows it waits for company', async (t) => {
  const waits: { readonly delayMs: number; readonly fire: () => void }[] = [];
  let nowMs = 1_000;
  const timers: Timers = {
    monotonicMs: () => nowMs,
    after: (delayMs, fire) => {
      waits.push({ delayMs, fire });
      return () => undefined;
    },
    soon: (fire) => {
      waits.push({ delayMs: 0, fire });
      return () => undefined;
    },
  };
  const district = new MemoryDistrict();
  const commit = groupCommit(district, timers);
  const small = (tracker: string) => ({ tracker, reportId: '01', fixes: [], rejected: [] });
  const entries = () => district.entries.map((entry) => ('batches' in entry ? entry.batches.length : 0));
  offer(commit, [small('t-1'), small('t-2')]);
  t.match(waits, [{ delayMs: 0 }], 'one wait for the whole burst');
  waits.pop()?.fire();
  nowMs += 1;
  await until(() => entries().length === 1);
  offer(commit, [small('t-3')]);
  offer(commit, [small('t-4')]);
  await until(() => waits.length === 1);
  t.match(waits, [{ delayMs: FLUSH_AFTER_MS - 1 }], 'from the append before');
  nowMs += FLUSH_AFTER_MS - 1;
  waits.pop()?.fire();
  await commit.drain();
  t.strictSame(entries(), [2, 2]);
});

t.test('the connection table knows who is superseded, whatever overtakes what', (t) => {
  const table = new ConnectionTable<{ readonly tracker: string; readonly name: string }>();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ tracker: 't-1', name })) as [never, never, never];
  for (const session of [a, b, c]) table.add(session);
  t.strictSame(table.claimed(a, 1), []);
  t.strictSame(table.claimed(c, 3), [a], 'who has no claim yet is not judged');
  t.strictSame(table.claimed(b, 2), [a, b], 'its claim is answered late');
  table.remove(a);
  table.remove(b);
  t.strictSame(table.learn('t-1', 2), [], 'an old message');
  t.strictSame(table.learn('t-1', 3), []);
  t.strictSame(table.learn('t-2', 9), [], 'a tracker that is not here');
  t.strictSame(table.learn('t-1', 4), [c]);
  table.remove(c);
  t.strictSame(table.claimed(c, 4), [], 'gone');
  t.end();
});

t.test('a gate lets through its burst, then its rate', (t) => {
  const rate = { burst: 3, perSecond: 2 };
  const gate = fullGate(rate, 0);
  const passes = (times: readonly number[]) => times.map((nowMs) => pass(gate, rate, nowMs));
  t.strictSame(passes([0, 0, 0, 0, 499, 500, 500]), [true, true, true, false, false, true, false]);
  t.equal(waitMs(gate, rate, 1), 500);
  t.equal(waitMs(gate, rate, 3), 1_500);
  t.strictSame(
    passes([60_000, 60_000, 60_000, 60_000]),
    [true, true, true, false],
    'no more than the burst is saved up',
  );
  t.end();
});
