import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { encodeFixColumns, FIX_COLUMNS_OVERHEAD_BYTES, MAX_FIX_BYTES } from '../../src/codec/fix-columns.js';
import { batchBytesBound, cut, FIXES_ENTRY_OVERHEAD_BYTES } from '../../src/codec/fixes-payload.js';
import { foldEntries } from '../../src/codec/fold-payload.js';
import { decodeLogEntry, encodeLogEntry, heartbeatEntries, MAX_PLAN_JSON_BYTES } from '../../src/codec/log-codec.js';
import { decodeSnapshot, encodeSnapshot, MAX_STATE_JSON_BYTES } from '../../src/codec/snapshot-codec.js';
import { encodeReport } from '../../src/codec/tracker-messages.js';
import { wireFixOf } from '../../src/codec/fix-parser.js';
import { wire } from '../../src/codec/wire.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { ESCALATION_LEVELS } from '../../src/model/escalation.js';
import type { Fix } from '../../src/model/fix.js';
import { FIX_REJECTIONS } from '../../src/model/fix.js';
import { EARLIEST_EVENT_MS, MAX_ENTRY_BYTES, MAX_FIXES_PER_REPORT, REFUSE_AHEAD_MS } from '../../src/model/limits.js';
import { type AccessRead, type LogEntry, TASK_KINDS, type TrackerBatch } from '../../src/model/log-entry.js';
import { NOTICE_CODES, NOTICE_OUTCOMES } from '../../src/model/notice.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { SnapshotDump } from '../../src/model/snapshot.js';
import { alert, visit } from '../support/hot-records.js';
import { batch, id, NOW_MS, read, record, statement } from './arbitraries.js';
import { codeOf, drive, holds, randomBytes, randomUint32 } from './support.js';

const uint32 = fc.nat({ max: 0xffff_ffff });
const text = fc.string({ minLength: 1, unit: 'grapheme' });
const whole = fc.integer({ min: 0, max: 2 ** 53 - 1 });
const plan: CompiledPlan = {
  district: 'meixian',
  name: { zh: '梅县区', en: 'Meixian' },
  timeZone: 'Asia/Shanghai',
  version: 1,
  inForceFromMs: NOW_MS,
  sourceSha256: 'ab'.repeat(32),
  expandedFromMs: NOW_MS,
  expandedToMs: NOW_MS + 86_400_000,
  ruler: { metresPerLngE7: 0.0101, metresPerLatE7: 0.0111 },
  places: [],
  units: [],
  rules: [],
  schedules: { 'mode:peak': [NOW_MS, NOW_MS + 3_600_000] },
};

const entry: fc.Arbitrary<LogEntry> = fc.oneof(
  record({
    kind: fc.constant('genesis' as const),
    district: id,
    clock: fc.constantFrom('wall' as const, 'virtual' as const),
    foldVersion: uint32,
  }),
  record({ kind: fc.constant('fixes' as const), batches: fc.array(batch, { maxLength: 6 }) }),
  record({ kind: fc.constant('heartbeat' as const), trackers: fc.array(id) }),
  record({ kind: fc.constant('plan' as const), plan: uint32.map((version) => ({ ...plan, version })) }),
  record({
    kind: fc.constant('action' as const),
    actionId: text,
    actor: text,
    action: fc.constantFrom('acknowledge' as const, 'comment' as const, 'shelve' as const, 'unshelve' as const),
    alertId: text,
    alertVersion: uint32,
    comment: fc.option(fc.string({ unit: 'grapheme' })),
    untilMs: fc.option(fc.integer({ min: 0, max: 2 ** 53 - 1 }), { nil: null }),
  }),
  record({
    kind: fc.constant('task' as const),
    taskId: text,
    actor: text,
    task: fc.constantFrom(...TASK_KINDS),
    units: fc.array(id),
    places: fc.array(id),
    fromMs: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
    toMs: fc.option(fc.integer({ min: 0, max: 2 ** 53 - 1 }), { nil: null }),
    reason: text,
  }),
  statement,
  record({
    kind: fc.constant('roster' as const),
    rosterId: text,
    actor: text,
    reason: fc.string({ unit: 'grapheme' }),
    fromMs: whole,
    toMs: whole,
    shifts: fc.array(record({ unit: id, fromMs: whole, toMs: whole, officers: fc.array(id) })),
  }),
  record({
    kind: fc.constant('settlement' as const),
    day: fc.constantFrom('2026-11-24', '2027-02-28'),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    part: fc.constant(2),
    parts: fc.integer({ min: 2, max: 9 }),
    piece: fc.uint8Array(),
    jsonBytes: uint32,
    jsonSha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  record({
    kind: fc.constant('notice' as const),
    messageId: text,
    channel: id,
    outcome: fc.constantFrom(...NOTICE_OUTCOMES),
    code: fc.constantFrom(...NOTICE_CODES),
    attempts: uint32,
    actor: fc.option(text),
    reason: fc.option(text),
    steps: fc.array(
      record({
        noticeId: text,
        alertId: text,
        version: uint32,
        policy: id,
        step: fc.nat(8),
        to: fc.constantFrom(...ESCALATION_LEVELS),
        dueMs: whole,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  record({
    kind: fc.constant('access' as const),
    reads: fc.array(read, { minLength: 1, maxLength: 4 }),
  }),
  record({
    kind: fc.constant('fold' as const),
    base: record({
      logId: record({ ms: whole, seq: whole }),
      foldVersion: fc.constant(3),
      lastAlert: whole,
      lastVisit: whole,
    }),
    foldVersion: fc.constant(3),
    lastAlert: whole,
    lastVisit: whole,
    part: fc.integer({ min: 1, max: 4 }),
    parts: fc.constant(4),
    alerts: fc.array(fc.nat().map((n) => alert(n))),
    visits: fc.array(fc.nat().map((n) => visit(n))),
  }),
  record({ kind: fc.constant('tick' as const) }),
);

t.test('every kind of entry comes back as it was appended, in the same bytes', async (t) => {
  const kinds = new Set<string>();
  holds(
    t,
    fc.property(entry, (sent) => {
      kinds.add(sent.kind);
      const payload = encodeLogEntry(sent);
      assert.deepStrictEqual(decodeLogEntry(sent.kind, payload), sent);
      assert.deepStrictEqual(encodeLogEntry(structuredClone(sent)), payload);
    }),
  );
  t.same([...kinds].sort(), [
    'access',
    'action',
    'fixes',
    'fold',
    'genesis',
    'heartbeat',
    'notice',
    'plan',
    'roster',
    'settlement',
    'statement',
    'task',
    'tick',
  ]);
});

t.test('nothing that is returned shares memory with the payload', async (t) => {
  const sent: LogEntry = { kind: 'fixes', batches: [report('t-1', drive(3, NOW_MS))] };
  const payload = Uint8Array.from(encodeLogEntry(sent));
  const got = decodeLogEntry('fixes', payload);
  payload.fill(0xff);
  t.same(got, sent);
});

function report(tracker: string, fixes: readonly Fix[]): TrackerBatch {
  return { tracker, reportId: '0102', fixes, rejected: [] };
}

t.test('the columns are the published FixColumns', async (t) => {
  const fixes = drive(3, NOW_MS);
  const columns = wire.FixColumns.decode(encodeFixColumns([fixes]));
  t.equal(columns.count, 3);
  t.same(columns.eventTimeMs, [NOW_MS, 5_000, 5_000]);
  t.same(columns.lngE7, [1_161_000_000, 700, 700]);
  t.same(columns.hdopCenti, [90, 1, 1]);
  t.same(columns.shape.slice(1), [0, 0], 'a like fix repeats the shape');
});

t.test('an entry is no longer than its bound says', async (t) => {
  holds(
    t,
    fc.property(fc.array(batch, { maxLength: 6 }), (batches) => {
      const bound = FIXES_ENTRY_OVERHEAD_BYTES + batches.reduce((sum, one) => sum + batchBytesBound(one), 0);
      assert.ok(encodeLogEntry({ kind: 'fixes', batches }).length <= bound);
    }),
  );
  const columns = encodeFixColumns([worstFixes(1_000)]);
  t.ok(columns.length <= FIX_COLUMNS_OVERHEAD_BYTES + 1_000 * MAX_FIX_BYTES, `${columns.length} bytes`);
  t.ok(columns.length > 1_000 * (MAX_FIX_BYTES - 3), 'and the bound is near the worst');

  const rejected = Array.from({ length: 1_000 }, () => ({ index: 999, code: 'hdop-range', sos: true }) as const);
  const refusedWhole = { tracker: 'a'.repeat(32), reportId: 'ff'.repeat(16), fixes: [], rejected };
  const refusals = Array.from({ length: 20 }, (_, i) => ({ ...refusedWhole, tracker: `${'a'.repeat(30)}${i + 10}` }));
  const length = encodeLogEntry({ kind: 'fixes', batches: refusals }).length;
  const bound = FIXES_ENTRY_OVERHEAD_BYTES + 20 * batchBytesBound(refusedWhole);
  t.ok(length <= bound && length > bound * 0.85, `refusals: ${length} bytes, bound ${bound}`);
});

/** Every value jumps from one end of its range to the other. */
function worstFixes(count: number): Fix[] {
  return Array.from({ length: count }, (_, i) => {
    const odd = i % 2 === 1;
    return {
      eventTimeMs: odd ? EARLIEST_EVENT_MS : NOW_MS + REFUSE_AHEAD_MS,
      position: { lngE7: odd ? -900_000_000 : 1_200_000_000, latE7: odd ? -900_000_000 : 900_000_000 },
      altitudeDm: odd ? -5_000 : 100_000,
      speedCmps: odd ? 0 : 30_000,
      courseCdeg: odd ? 0 : 35_999,
      located: odd,
      satellites: odd ? 0 : 255,
      beidouSatellites: odd ? 0 : 255,
      hdopCenti: odd ? 1 : 100_000,
      accuracyDm: odd ? 1 : 1_000_000,
      batteryPercent: odd ? 0 : 100,
      power: odd,
      ignition: odd,
      lightbar: odd,
      sos: odd,
      backfill: odd ? true : null,
    };
  });
}

t.test('batches are cut into entries that fit, in order, none lost (C5)', async (t) => {
  const rejected = Array.from({ length: 20 }, (_, index) => ({ index, code: 'hdop-range' as const }));
  const batches = Array.from({ length: 40 }, (_, i) => ({ ...report(`tracker-${i}`, worstFixes(980)), rejected }));
  const entries = cut(batches, batchBytesBound).map((run) => ({ kind: 'fixes' as const, batches: run }));
  t.same(
    entries.flatMap((one) => one.batches.map(({ tracker }) => tracker)),
    batches.map(({ tracker }) => tracker),
  );
  t.ok(entries.length < batches.length / 4, `${entries.length} entries`);
  for (const one of entries) t.ok(encodeLogEntry(one).length <= MAX_ENTRY_BYTES);
  t.same(cut([], batchBytesBound), []);
});

t.test('the largest report fits an entry', async (t) => {
  const worst = { ...report('a'.repeat(32), worstFixes(MAX_FIXES_PER_REPORT)), reportId: 'ff'.repeat(16) };
  t.equal(cut([worst], batchBytesBound).length, 1);
  t.ok(encodeLogEntry({ kind: 'fixes', batches: [worst] }).length < MAX_ENTRY_BYTES / 4);
});

t.test('heartbeats of a full server are cut into entries that fit', async (t) => {
  const trackers = Array.from({ length: 20_000 }, (_, i) => `${'x'.repeat(26)}${String(19_999 - i).padStart(6, '0')}`);
  const entries = heartbeatEntries([...trackers, ...trackers.slice(0, 5)]);
  t.same(
    entries.flatMap((one) => one.trackers),
    [...trackers].sort(),
  );
  for (const one of entries) t.ok(encodeLogEntry(one).length <= MAX_ENTRY_BYTES);
});

t.test('what a fold has told is cut into entries that fit, in order, none lost', async (t) => {
  const base = { logId: { ms: 7, seq: 1 }, foldVersion: 2, lastAlert: 1_000, lastVisit: 500 };
  const alerts = Array.from({ length: 1_000 }, (_, i) => alert(i + 1));
  const visits = Array.from({ length: 500 }, (_, i) => visit(i + 1));
  const whole = { foldVersion: 2, base, lastAlert: 1_000, lastVisit: 500, alerts, visits };
  const entries = foldEntries(whole);
  for (const one of entries) t.ok(encodeLogEntry(one).length <= MAX_ENTRY_BYTES);
  t.ok(entries.length > 2, `${entries.length} entries`);
  t.same(
    entries.map(({ part, parts }) => [part, parts]),
    entries.map((_, i) => [i + 1, entries.length]),
  );
  t.same(
    entries.flatMap((one) => one.alerts),
    alerts,
  );
  t.same(
    entries.flatMap((one) => one.visits),
    visits,
  );
  t.same(
    foldEntries({ ...whole, alerts: [], visits: [] }).map(({ parts }) => parts),
    [1],
    'one, when nothing was told',
  );
});

function readOf(what: string): AccessRead {
  return { actor: 'a', role: 'auditor', purpose: null, what, parameters: '{}', records: 1 };
}

t.test('an entry over the cap is refused by both ends', async (t) => {
  const access = (length: number): LogEntry => ({
    kind: 'access',
    reads: [readOf('x'.repeat(length))],
  });
  const overhead = encodeLogEntry(access(100_000)).length - 100_000;
  const largest = encodeLogEntry(access(MAX_ENTRY_BYTES - overhead));
  t.equal(largest.length, MAX_ENTRY_BYTES);
  t.equal(decodeLogEntry('access', largest).kind, 'access');
  t.equal(
    codeOf(() => encodeLogEntry(access(MAX_ENTRY_BYTES - overhead + 1))),
    'log-entry-too-large',
  );
  t.equal(
    codeOf(() => decodeLogEntry('access', new Uint8Array(MAX_ENTRY_BYTES + 1))),
    'log-entry-corrupt',
  );
  t.equal(
    codeOf(() => decodeLogEntry('nonsense', new Uint8Array(0))),
    'log-entry-corrupt',
  );
});

t.test('every prefix and every changed byte of an entry is read or refused as corrupt', async (t) => {
  const entries: LogEntry[] = [
    { kind: 'genesis', district: 'meixian', clock: 'wall', foldVersion: 1 },
    { kind: 'fixes', batches: [{ ...report('t-1', drive(3, NOW_MS)), rejected: [{ index: 3, code: 'hdop-range' }] }] },
    { kind: 'heartbeat', trackers: ['t-1', 't-2'] },
    { kind: 'resume', sinceMs: 1, atMs: 2, skippedToMs: 3, actor: 'b', reason: 'c' },
    { kind: 'plan', plan },
    {
      kind: 'action',
      actionId: 'a',
      actor: 'b',
      action: 'acknowledge',
      alertId: 'c',
      alertVersion: 1,
      comment: null,
      untilMs: null,
    },
    {
      kind: 'fold',
      foldVersion: 2,
      base: { logId: { ms: 1, seq: 0 }, foldVersion: 2, lastAlert: 1, lastVisit: 0 },
      lastAlert: 1,
      lastVisit: 0,
      part: 1,
      parts: 1,
      alerts: [alert(1)],
      visits: [],
    },
    { kind: 'access', reads: [readOf('live')] },
    { kind: 'access', reads: [readOf('live'), readOf('visits')] },
    {
      kind: 'access',
      reads: [
        { ...readOf('visits'), answer: { stage: 'cut', readId: 'a', body: { bytes: 5, sha256: '0f'.repeat(32) } } },
        { ...readOf('visits'), answer: { stage: 'begun', readId: 'b', body: null } },
      ],
    },
  ];
  const codes = new Set<string | null>();
  for (const sent of entries) {
    const payload = encodeLogEntry(sent);
    for (let length = 0; length < payload.length; length++) {
      codes.add(codeOf(() => decodeLogEntry(sent.kind, payload.subarray(0, length))));
    }
    for (let at = 0; at < payload.length; at++) {
      for (const flip of [0x01, 0x04, 0x80, 0xff]) {
        const changed = Uint8Array.from(payload);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const code = codeOf(() => decodeLogEntry(sent.kind, changed));
        codes.add(code);
        // A bit of a deflate stream may mean nothing; the plan is the same then.
        if (sent.kind === 'plan' && code === null) t.strictSame(decodeLogEntry('plan', changed), sent, `byte ${at}`);
      }
    }
  }
  t.same(codes, new Set(['log-entry-corrupt', null]));
});

t.test('the longest JSON of a plan and of a state, and a byte more', async (t) => {
  const planOf = (spare: number): LogEntry => ({ kind: 'plan', plan: { ...plan, district: 'x'.repeat(spare) } });
  const shortest = canonicalJson({ ...plan, district: '' }).length + 6; // three Chinese characters, three bytes each
  const longest = encodeLogEntry(planOf(MAX_PLAN_JSON_BYTES - shortest));
  t.equal(wire.PlanPayload.decode(longest).planJsonBytes, MAX_PLAN_JSON_BYTES);
  t.equal(decodeLogEntry('plan', longest).kind, 'plan');
  t.equal(
    codeOf(() => encodeLogEntry(planOf(MAX_PLAN_JSON_BYTES - shortest + 1))),
    'log-entry-too-large',
  );

  const cursor = { logId: { ms: 1, seq: 0 }, foldVersion: 1, lastAlert: 0, lastVisit: 0 };
  const dumpOf = (bytes: number): SnapshotDump => ({ foldVersion: 1, cursor, state: 'x'.repeat(bytes - 2), fixes: [] });
  t.equal(
    (decodeSnapshot(encodeSnapshot(dumpOf(MAX_STATE_JSON_BYTES))).state as string).length,
    MAX_STATE_JSON_BYTES - 2,
  );
  t.equal(
    codeOf(() => encodeSnapshot(dumpOf(MAX_STATE_JSON_BYTES + 1))),
    'snapshot-too-large',
  );
});

t.test('a deflate bomb is stopped at the announced length', async (t) => {
  const bomb = deflateRawSync(new Uint8Array(20_000_000));
  const sha256 = new Uint8Array(32);
  const payload = wire.PlanPayload.encode({
    planJsonDeflated: bomb,
    planJsonBytes: 100,
    planJsonSha256: sha256,
  }).finish();
  t.throws(() => decodeLogEntry('plan', payload), {
    code: 'log-entry-corrupt',
    message: /does not inflate to 100 bytes/,
  });
});

t.test('random bytes are read or refused as corrupt', async (t) => {
  const next = randomUint32();
  const codes = new Set<string | null>();
  const kinds = ['genesis', 'fixes', 'heartbeat', 'plan', 'action', 'task', 'statement', 'access', 'tick'];
  for (let i = 0; i < 10_000; i++) {
    const bytes = randomBytes(next, 60);
    codes.add(codeOf(() => decodeLogEntry(kinds[i % kinds.length] ?? '', bytes)));
    const snapshot = codeOf(() => decodeSnapshot(bytes));
    if (snapshot !== 'snapshot-corrupt' && snapshot !== 'snapshot-format') t.fail(`snapshot: ${snapshot}`);
  }
  t.same(
    [...codes].filter((code) => code !== null),
    ['log-entry-corrupt'],
  );
});

t.test('sizes of an ordinary drive', async (t) => {
  const fixes = drive(100, NOW_MS);
  const frame = encodeReport(new Uint8Array(8), fixes.map(wireFixOf)).length;
  const payload = encodeLogEntry({ kind: 'fixes', batches: [report('t-1', fixes)] }).length;
  t.comment(`100 fixes: report ${frame} bytes, log entry ${payload} bytes`);
  t.ok(frame < 4_500 && payload < 1_600, `${frame}, ${payload}`);
});

t.test('refusal codes keep their numbers in the log', async (t) => {
  const rejected = FIX_REJECTIONS.map((code, index) => ({ index, code }));
  const payload = encodeLogEntry({ kind: 'fixes', batches: [{ tracker: 't', reportId: '01', fixes: [], rejected }] });
  t.same(wire.FixesPayload.decode(payload).rejectedCode, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});
