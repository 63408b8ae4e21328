import fc from 'fast-check';
import t from 'tap';
import { batchBytesBound } from '../../src/codec/fixes-payload.js';
import { ENTRY_ROOM_BYTES } from '../../src/ingest/flush-plan.js';
import { LIVE_SHARE, TURN_BYTES } from '../../src/ingest/limits.js';
import { ReportTurns } from '../../src/ingest/report-turns.js';
import { MAX_FIXES_PER_REPORT } from '../../src/model/limits.js';
import type { TrackerBatch } from '../../src/model/log-entry.js';
import { at, fix, T0 } from '../engine/support.js';

interface Waiting {
  readonly batch: TrackerBatch;
}

/** A report of so many fixes; `reportId` says which of its tracker's it is. */
function report(tracker: string, fixes: number, n = 0): Waiting {
  const same = fix(T0, at(0));
  return { batch: { tracker, reportId: String(n), fixes: Array.from({ length: fixes }, () => same), rejected: [] } };
}

function bytesOf(reports: readonly Waiting[]): number {
  return reports.reduce((sum, { batch }) => sum + batchBytesBound(batch), 0);
}

function namesOf(reports: readonly Waiting[]): string[] {
  return reports.map(({ batch }) => `${batch.tracker} ${batch.reportId}`);
}

/** What of it each tracker sent, bytes. */
function sharesOf(reports: readonly Waiting[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const one of reports) shares.set(one.batch.tracker, (shares.get(one.batch.tracker) ?? 0) + bytesOf([one]));
  return shares;
}

t.test('a live report goes into the next entry, whatever backlog of others waits', (t) => {
  const turns = new ReportTurns<Waiting>();
  for (let n = 0; n < 50; n += 1) for (let i = 0; i < 20; i += 1) turns.add(report(`backlog-${i}`, 1_000, n));
  for (let entry = 0; entry < 20; entry += 1) {
    turns.add(report(`live-${entry % 3}`, 1, entry));
    const [first] = namesOf(turns.take(ENTRY_ROOM_BYTES).reports);
    t.equal(first, `live-${entry % 3} ${entry}`);
  }
  t.end();
});

t.test('live reports leave room for a backlog', (t) => {
  const turns = new ReportTurns<Waiting>();
  for (let n = 0; n < 100; n += 1) turns.add(report('backlog', 100, n));
  for (let i = 0; i < 5_000; i += 1) turns.add(report(`live-${i}`, 1));
  const { reports, backlogBytes } = turns.take(ENTRY_ROOM_BYTES);
  t.equal(sharesOf(reports).get('backlog'), backlogBytes);
  t.ok(backlogBytes > ENTRY_ROOM_BYTES * (1 - LIVE_SHARE) - bytesOf([report('', 100)]), `${backlogBytes} bytes`);
  t.ok(bytesOf(reports) > ENTRY_ROOM_BYTES - bytesOf([report('', 1)]), 'the entry is full');
  t.end();
});

t.test('a backlog that may not go keeps no live report back', (t) => {
  const turns = new ReportTurns<Waiting>();
  for (let n = 0; n < 100; n += 1) turns.add(report('backlog', 100, n));
  turns.add(report('live', 1));
  t.ok(turns.hasLive);
  t.strictSame(namesOf(turns.take(ENTRY_ROOM_BYTES, 0).reports), ['live 0']);
  t.notOk(turns.hasLive);
  t.strictSame(turns.take(ENTRY_ROOM_BYTES, 0).reports, []);
  t.strictSame(namesOf(turns.take(ENTRY_ROOM_BYTES, 10_000).reports), ['backlog 0', 'backlog 1']);
  t.end();
});

t.test('a tracker whose reports are small but many is not a live one', (t) => {
  const turns = new ReportTurns<Waiting>();
  for (let n = 0; n < 20_000; n += 1) turns.add(report('many', 1, n));
  for (let n = 0; n < 40; n += 1) turns.add(report('large', 1_000, n));
  turns.add(report('live', 1));
  const shares = sharesOf(turns.take(ENTRY_ROOM_BYTES).reports);
  t.ok(shares.has('live'));
  t.ok(Math.abs((shares.get('many') ?? 0) - (shares.get('large') ?? 0)) <= TURN_BYTES + bytesOf([report('', 1_000)]));
  t.end();
});

t.test('who waits with a backlog gets as much as the others, whatever the size of their reports', (t) => {
  const seed = 20_261_130;
  t.comment(`seed ${seed}`);
  const fixes = fc.integer({ min: 30, max: MAX_FIXES_PER_REPORT });
  const property = fc.property(fc.array(fixes, { minLength: 2, maxLength: 8 }), (sizes) => {
    const turns = new ReportTurns<Waiting>();
    const enough = Math.ceil((2 * ENTRY_ROOM_BYTES) / batchBytesBound(report('', 30).batch));
    for (const [i, size] of sizes.entries()) for (let n = 0; n < enough; n += 1) turns.add(report(`t-${i}`, size, n));
    const sent = sharesOf(turns.take(ENTRY_ROOM_BYTES).reports);
    const shares = sizes.map((_, i) => sent.get(`t-${i}`) ?? 0);
    const unfairBytes = TURN_BYTES + batchBytesBound(report('', MAX_FIXES_PER_REPORT).batch);
    return Math.max(...shares) - Math.min(...shares) <= unfairBytes;
  });
  t.doesNotThrow(() => fc.assert(property, { seed, numRuns: 15 }));
  t.end();
});

t.test(
  'whatever comes and whenever entries go, each report goes once, those of a tracker in their order, and entries fit',
  (t) => {
    const seed = 20_261_201;
    t.comment(`seed ${seed}`);
    const come = fc.record({ tracker: fc.integer({ min: 0, max: 5 }), fixes: fc.integer({ min: 1, max: 1_000 }) });
    const steps = fc.array(fc.oneof({ weight: 5, arbitrary: come }, fc.constant('entry' as const)), { maxLength: 80 });
    const property = fc.property(steps, (list) => {
      const turns = new ReportTurns<Waiting>();
      const sent: string[] = [];
      const entries: (readonly Waiting[])[] = [];
      for (const [n, one] of list.entries()) {
        if (one === 'entry') entries.push(turns.take(ENTRY_ROOM_BYTES).reports);
        else {
          const made = report(`t-${one.tracker}`, one.fixes, n);
          sent.push(...namesOf([made]));
          turns.add(made);
        }
      }
      while (turns.bytes > 0) entries.push(turns.take(ENTRY_ROOM_BYTES).reports);
      const logged = entries.flatMap(namesOf);
      const byTracker = (names: readonly string[]): string[] =>
        names.toSorted((a, b) => (a.slice(0, 3) < b.slice(0, 3) ? -1 : a.slice(0, 3) > b.slice(0, 3) ? 1 : 0));
      return (
        byTracker(logged).join() === byTracker(sent).join() &&
        entries.every((entry) => bytesOf(entry) <= ENTRY_ROOM_BYTES) &&
        turns.take(ENTRY_ROOM_BYTES).reports.length === 0
      );
    });
    t.doesNotThrow(() => fc.assert(property, { seed, numRuns: 60 }));
    t.end();
  },
);
