import fc from 'fast-check';
import t from 'tap';
import { encodeExactly } from '../../src/codec/exact-entry.js';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { sameBatches } from '../../src/codec/same-batches.js';
import type { AccessEntry, ActionEntry, LogEntry, TaskEntry, TrackerBatch } from '../../src/model/log-entry.js';
import { validFix } from './arbitraries.js';

const action: ActionEntry = {
  kind: 'action',
  actionId: 'a-1',
  actor: 'li',
  action: 'comment',
  alertId: 'x',
  alertVersion: 1,
  comment: '已派车 👮🏽‍♀️',
  untilMs: null,
};
const task: TaskEntry = {
  kind: 'task',
  taskId: 't-1',
  actor: 'li',
  task: 'escort',
  units: ['car-1'],
  places: [],
  fromMs: 1,
  toMs: null,
  reason: 'convoy',
};
const access: AccessEntry = {
  kind: 'access',
  reads: [{ actor: 'li', role: 'auditor', purpose: null, what: 'GET /x', parameters: '{}', records: 3 }],
};

t.test('an entry that does not come back from its bytes as it is, is not encoded for the log', (t) => {
  for (const entry of [action, task, access]) t.strictSame(encodeExactly(entry), encodeLogEntry(entry), entry.kind);
  const { comment: _, ...silent } = action;
  const lost: readonly (readonly [LogEntry, RegExp])[] = [
    [{ ...action, comment: 'half \uD83D' }, /action: got a payload that cannot be read back/],
    [
      { ...access, reads: access.reads.map((read) => ({ ...read, purpose: '\uDE00' })) },
      /access: got a payload that cannot be read back/,
    ],
    [{ ...task, units: ['car-1', '\uD83D'] }, /task: got a payload that cannot be read back/],
    [{ ...action, note: 'x' } as LogEntry, /action: got another value at \/note/],
    [silent as LogEntry, /action: got another value at \/comment/],
    [{ ...silent, note: undefined } as unknown as LogEntry, /action: got another value at \/comment/],
    [{ ...action, actor: '' }, /action: got a payload that cannot be read back/],
  ];
  for (const [entry, message] of lost) {
    t.throws(() => encodeExactly(entry), { code: 'log-entry-inexact', message }, JSON.stringify(entry).slice(0, 60));
  }
  t.end();
});

t.test('every valid fix comes back as it is; one with a field that the columns cannot hold is not encoded', (t) => {
  const seed = 20_261_129;
  t.comment(`seed ${seed}`);
  const entryOf = (fixes: readonly unknown[]) =>
    ({ kind: 'fixes', batches: [{ tracker: 'bd-1', reportId: '01ff', fixes, rejected: [] }] }) as LogEntry;
  fc.assert(
    fc.property(fc.array(validFix, { maxLength: 20 }), (fixes) => encodeExactly(entryOf(fixes)).length > 0),
    { seed, numRuns: 200 },
  );
  const [fix] = fc.sample(validFix, { seed, numRuns: 1 });
  for (const part of [{ satellites: 1.5 }, { eventTimeMs: 2 ** 53 }, { position: { lngE7: 0.5, latE7: 0 } }]) {
    t.throws(() => encodeExactly(entryOf([{ ...fix, ...part }])), JSON.stringify(part));
  }
  t.end();
});

t.test('reports are equal only when each field of each of their fixes is', (t) => {
  const position = { lngE7: 1, latE7: 2 };
  const [drawn] = fc.sample(validFix, { seed: 20_261_130, numRuns: 1 });
  const fix = { ...drawn, position };
  const batch = { tracker: 'bd-1', reportId: '01ff', fixes: [fix], rejected: [{ index: 1, code: 'time-missing' }] };
  const isSame = (other: object): boolean =>
    sameBatches(
      [batch as unknown as TrackerBatch],
      [{ ...structuredClone(batch), ...other } as unknown as TrackerBatch],
    );
  t.ok(isSame({}));
  const fields = Object.keys(fix);
  t.equal(fields.length, 16);
  for (const field of fields) {
    t.notOk(isSame({ fixes: [{ ...fix, [field]: field === 'position' ? null : 'other' }] }), field);
  }
  t.notOk(isSame({ fixes: [{ ...fix, position: { ...position, lngE7: 3 } }] }));
  t.notOk(isSame({ fixes: [{ ...fix, position: { ...position, latE7: 3 } }] }));
  t.notOk(isSame({ fixes: [fix, fix] }));
  t.notOk(isSame({ tracker: 'bd-2' }));
  t.notOk(isSame({ reportId: '02' }));
  for (const other of [{ index: 2 }, { code: 'time-too-old' }, { sos: true }]) {
    t.notOk(isSame({ rejected: [{ index: 1, code: 'time-missing', ...other }] }), JSON.stringify(other));
  }
  t.notOk(isSame({ rejected: [] }));
  t.notOk(sameBatches([batch as unknown as TrackerBatch], []));
  t.end();
});
