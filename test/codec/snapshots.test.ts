import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decodeSnapshot, encodeSnapshot } from '../../src/codec/snapshot-codec.js';
import type { SnapshotDump } from '../../src/model/snapshot.js';
import { id, NOW_MS, record, validFix } from './arbitraries.js';
import { codeOf, drive, holds } from './support.js';

const uint32 = fc.nat({ max: 0xffff_ffff });
const dump: fc.Arbitrary<SnapshotDump> = record({
  foldVersion: uint32,
  cursor: record({
    logId: record({ ms: fc.maxSafeNat(), seq: fc.maxSafeNat() }),
    foldVersion: uint32,
    lastAlert: fc.maxSafeNat(),
    lastVisit: fc.maxSafeNat(),
  }),
  // JSON has no -0.
  state: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fixes: fc.array(
    record({
      tracker: id,
      fixes: fc.array(validFix, { maxLength: 8 }),
      points: fc.array(validFix, { maxLength: 4 }),
    }),
    { maxLength: 4 },
  ),
});

t.test('a snapshot comes back as it was written, in the same bytes', async (t) => {
  holds(
    t,
    fc.property(dump, (sent) => {
      const bytes = encodeSnapshot(sent);
      assert.deepStrictEqual(decodeSnapshot(bytes), sent);
      assert.deepStrictEqual(encodeSnapshot(structuredClone(sent)), bytes);
    }),
  );
  const base = {
    foldVersion: 1,
    cursor: { logId: { ms: 1, seq: 0 }, foldVersion: 1, lastAlert: 0, lastVisit: 0 },
    fixes: [],
  };
  t.same(
    encodeSnapshot({ ...base, state: { b: 1, a: { d: 2, c: 3 } } }),
    encodeSnapshot({ ...base, state: { a: { c: 3, d: 2 }, b: 1 } }),
    'the order in which keys were set does not matter',
  );
});

t.test('a snapshot that is cut or changed is never read as another [snapshot]', async (t) => {
  const sent: SnapshotDump = {
    foldVersion: 1,
    cursor: { logId: { ms: NOW_MS, seq: 3 }, foldVersion: 1, lastAlert: 17, lastVisit: 5 },
    state: { places: ['people-square'], list: [1, 2, 3] },
    fixes: [{ tracker: 't-1', fixes: drive(20, NOW_MS), points: drive(3, NOW_MS - 1_800_000) }],
  };
  const bytes = encodeSnapshot(sent);
  for (let length = 0; length < bytes.length; length++) {
    const code = codeOf(() => decodeSnapshot(bytes.subarray(0, length)));
    if (code !== 'snapshot-corrupt' && code !== 'snapshot-format')
      t.fail(`${length} of ${bytes.length} bytes: ${code}`);
  }
  const codes = new Set<string | null>();
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x11;
    codes.add(codeOf(() => t.strictSame(decodeSnapshot(changed), sent, `byte ${at}`)));
  }
  t.ok(codes.has('snapshot-corrupt') && codes.has('snapshot-format'));
});
