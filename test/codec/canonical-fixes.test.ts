import fc from 'fast-check';
import t from 'tap';
import { readCanonicalFixes, type ReportHead } from '../../src/codec/canonical-fixes.js';
import { FixTable } from '../../src/codec/fix-table.js';
import { FixesWriter } from '../../src/codec/fixes-writer.js';
import { decodeLogEntry, encodeLogEntry } from '../../src/codec/log-codec.js';
import { wire } from '../../src/codec/wire.js';
import type { TrackerBatch } from '../../src/model/log-entry.js';
import { MAX_ENTRY_BYTES } from '../../src/model/limits.js';
import { batch, record, validFix } from './arbitraries.js';

const SEED = 20_261_129;
const writer = new FixesWriter();

/** What the strict reader must be equal to: the payload is what its decoded entry is encoded as. */
function isCanonical(payload: Uint8Array): boolean {
  try {
    return Buffer.from(encodeLogEntry(decodeLogEntry('fixes', payload))).equals(payload);
  } catch {
    return false;
  }
}

/** Whether it is taken; if so, it is written again from the rows, among others. */
function isTaken(payload: Uint8Array): boolean {
  const table = new FixTable(4);
  const other = encodeLogEntry({ kind: 'fixes', batches: [] });
  const reports = readCanonicalFixes(other, table) === null ? null : readCanonicalFixes(payload, table);
  if (reports === null) return table.count !== 0;
  const again = writer.write(reports, table, 0);
  if (again === null || !Buffer.from(again).equals(payload)) throw new Error('it is not written again as it was');
  return true;
}

/** Batches whose numbers are as far apart as an int32 can be, which ingest refuses and the log can hold. */
const wideBatch: fc.Arbitrary<TrackerBatch> = record({
  tracker: fc.constantFrom('bd-1', 'bd-2'),
  reportId: fc.constantFrom('00', 'ff'.repeat(16)),
  fixes: fc.array(
    fc
      .tuple(
        validFix,
        fc.integer(),
        fc.integer(),
        fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
        fc.integer(),
        fc.integer(),
      )
      .map(([fix, altitudeDm, courseCdeg, eventTimeMs, lngE7, latE7]) => ({
        ...fix,
        altitudeDm,
        courseCdeg,
        eventTimeMs,
        position: { lngE7, latE7 },
      })),
    { maxLength: 4 },
  ),
  rejected: fc.constant([]),
});

const payload = fc
  .oneof({ arbitrary: fc.array(batch, { maxLength: 5 }), weight: 3 }, { arbitrary: fc.array(wideBatch), weight: 1 })
  .map((batches) => {
    try {
      return encodeLogEntry({ kind: 'fixes', batches });
    } catch {
      // Times too far apart to be encoded.
      return new Uint8Array(0);
    }
  });

/** A change of some bytes at a place: overwritten, taken away, put in. */
const change = record({
  at: fc.nat(),
  remove: fc.constantFrom(0, 0, 1, 1, 2),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 2 }),
    fc.constantFrom([0x80], [0x80, 0], [0xff], [0]).map((bytes) => Uint8Array.from(bytes)),
  ),
});

function changed(
  bytes: Uint8Array,
  { at, remove, insert }: { at: number; remove: number; insert: Uint8Array },
): Buffer {
  const place = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
}

t.test(`seed ${SEED}: a payload of the log is taken as rows just when it can be made again from them (A3)`, (t) => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(payload, fc.array(change, { maxLength: 2 }), (bytes, changes) => {
      const one = changes.reduce<Uint8Array>((before, next) => changed(before, next), bytes);
      const expected = isCanonical(one);
      if (expected) taken += 1;
      else refused += 1;
      return isTaken(one) === expected;
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  t.ok(taken > 500, `${taken} are taken`);
  t.ok(refused > 500, `${refused} are refused`);
  t.end();
});

t.test('fields that the writer would leave out, repeat or order otherwise are refused', (t) => {
  const columns = Buffer.from(wire.FixColumns.encode({ count: 0 }).finish());
  const whole = {
    trackers: ['bd-1'],
    batchTracker: [0],
    reportIds: [Buffer.from('a')],
    batchFixes: [0],
    batchRejected: [0],
  };
  const variants: Readonly<Record<string, Parameters<typeof wire.FixesPayload.encode>[0]>> = {
    'a whole one': { ...whole, fixColumns: Buffer.from([8, 0]) },
    'no count': { ...whole, fixColumns: columns.subarray(0, 0) },
    'a tracker without a report': { ...whole, trackers: ['bd-1', 'bd-2'], fixColumns: Buffer.from([8, 0]) },
    'a tracker twice': {
      trackers: ['bd-1', 'bd-1'],
      batchTracker: [0, 1],
      reportIds: [Buffer.from('a'), Buffer.from('b')],
      batchFixes: [0, 0],
      batchRejected: [0, 0],
      fixColumns: Buffer.from([8, 0]),
    },
    'a report id that is too long': { ...whole, reportIds: [Buffer.alloc(17)], fixColumns: Buffer.from([8, 0]) },
    'a flag that is true and not said': {
      ...whole,
      batchFixes: [1],
      fixColumns: Buffer.from([8, 1, 0x12, 2, 0x80, 2, 0x1a, 1, 2]),
    },
    'more fixes than bytes': {
      ...whole,
      batchFixes: [0xffff_ffff],
      fixColumns: Buffer.from([8, 0xff, 0xff, 0xff, 0xff, 15]),
    },
  };
  for (const [name, fields] of Object.entries(variants)) {
    const bytes = wire.FixesPayload.encode(fields).finish();
    t.equal(isTaken(bytes), isCanonical(bytes), name);
    t.equal(isTaken(bytes), name === 'a whole one', name);
  }
  const other = Buffer.concat([
    wire.FixesPayload.encode({ ...whole, fixColumns: Buffer.from([8, 0]) }).finish(),
    Buffer.from([0x50, 1]),
  ]);
  t.notOk(isTaken(other), 'an unknown field');
  t.notOk(isTaken(new Uint8Array(MAX_ENTRY_BYTES + 1)), 'too long');
  t.end();
});

t.test('many payloads share a table: each is written again from its own rows', (t) => {
  const table = new FixTable(1);
  const kept: { bytes: Uint8Array; reports: readonly ReportHead[]; from: number }[] = [];
  for (const batches of fc.sample(fc.array(batch, { maxLength: 4 }), { seed: SEED, numRuns: 50 })) {
    const bytes = encodeLogEntry({ kind: 'fixes', batches });
    const from = table.count;
    const reports = readCanonicalFixes(bytes, table);
    if (readCanonicalFixes(Buffer.concat([bytes, bytes]), table) !== null) t.fail('twice the bytes are taken');
    if (reports !== null) kept.push({ bytes, reports, from });
  }
  t.equal(kept.length, 50);
  for (const { bytes, reports, from } of kept)
    t.ok(Buffer.from(writer.write(reports, table, from) ?? []).equals(bytes));
  t.end();
});
