import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { BlockLayout } from '../../src/archive/block-layout.js';
import { FileTrackers } from '../../src/archive/file-trackers.js';
import type { FixBlock } from '../../src/archive/fix-block.js';
import { FixBlocks, Gathering } from '../../src/archive/fix-blocks.js';
import { FixLegs } from '../../src/archive/fix-legs.js';
import { KeptOfFiles } from '../../src/archive/kept-of-files.js';
import { PackedColumn } from '../../src/archive/packed-column.js';
import { SharedRoom } from '../../src/archive/shared-room.js';
import type { PositionE7 } from '../../src/model/position.js';
import { fix, HOUR, T0 } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { raw, testKeys } from './support.js';

const SEED = 20_261_130;

t.test(`seed ${SEED}: packed numbers are the numbers again, in as few bytes as their range needs`, async (t) => {
  const ranges = fc.constantFrom(2 ** 8, 2 ** 16, 2 ** 32, 2 ** 52);
  const columns = fc.tuple(fc.maxSafeInteger(), ranges, fc.array(fc.double({ min: 0, max: 1, noNaN: true })));
  fc.assert(
    fc.property(columns, ([base, range, shares]) => {
      const least = Math.max(-(2 ** 52), Math.min(base, 0));
      const values = Float64Array.from(shares, (share) => least + Math.floor(share * (range - 1)));
      const cut = Math.floor(values.length / 3);
      const packed = PackedColumn.of([values.subarray(0, cut), values.subarray(cut)]);
      t.strictSame(
        Array.from(values, (_, row) => packed.at(row)),
        [...values],
      );
    }),
    { seed: SEED, numRuns: 200 },
  );
  const bytesOf = (...values: readonly number[]) => PackedColumn.of([Float64Array.from(values)]).bytes;
  t.strictSame(
    [bytesOf(5, 260), bytesOf(5, 261), bytesOf(0, 65_535), bytesOf(0, 65_536), bytesOf(-1, 2 ** 32)],
    [2, 4, 4, 8, 16],
  );
  t.strictSame([bytesOf(), bytesOf(7, 7, 7)], [0, 0]);
});

t.test(
  'what was not used for the longest is forgotten first when there is no more room, whoever keeps it',
  async (t) => {
    const room = new SharedRoom(10);
    const [one, other] = [0, 1].map(() => new KeptOfFiles<{ readonly bytes: number }>(room)) as [Keeper, Keeper];
    const names = () => ['a', 'b', 'c', 'd', 'e'].filter((name) => one.get('file', name) ?? other.get('file', name));
    for (const name of ['a', 'b']) one.set('file', name, { bytes: 3 });
    other.set('file', 'c', { bytes: 3 });
    one.get('file', 'a');
    other.set('file', 'd', { bytes: 3 });
    t.strictSame(names(), ['a', 'c', 'd']);
    other.set('file', 'd', { bytes: 1 });
    one.set('file', 'e', { bytes: 3 });
    t.strictSame(names(), ['a', 'c', 'd', 'e'], 'a value in place of another is not counted twice');
    other.set('file', 'large', { bytes: 11 });
    t.strictSame(names(), [], 'what is too large for all of it is not kept');
    one.set('file', 'a', { bytes: 6 });
    other.set('gone', 'b', { bytes: 4 });
    other.keepOnly(new Set());
    one.set('file', 'c', { bytes: 4 });
    t.strictSame([names(), room.bytes], [['a', 'c'], 10], 'what was forgotten takes no room');
  },
);
type Keeper = KeptOfFiles<{ readonly bytes: number }>;

t.test('a block has the order of its file, in whatever order DuckDB hands its rows on', async (t) => {
  const folder = await temporaryFolder(t);
  const fixes = Array.from({ length: 10_000 }, (_, i) => fix(T0 + i, positionOf('bd-1', i)));
  const batches = [{ tracker: 'bd-1', reportId: '00', fixes, rejected: [] }];
  const log = [raw({ ms: T0 + fixes.length, seq: 0 }, { kind: 'fixes', batches })];
  const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: 1 });
  t.teardown(() => archive.close());
  const [name = ''] = archive.fixParts.map(({ file }) => file.name);
  const duck = await archive.reader();
  const layout = new BlockLayout('whole', new Map());
  const columns = layout.selected.join(', ');
  const chunks = [];
  for await (const chunk of duck.chunks(`SELECT ${columns} FROM read_parquet('${join(folder, 'parts', name)}') AS f`))
    chunks.push(chunk);
  const rowsOf = await new FileTrackers(folder).read(duck, [name]);
  const gathering = new Gathering({ files: [name], trackers: ['bd-1'], layout, rowsOf });
  for (const chunk of chunks.toReversed()) gathering.add(chunk);
  const [block] = [...(await gathering.end()).values()];
  t.ok(chunks.length > 2, `${chunks.length} chunks`);
  t.ok(block !== undefined && block.rows === fixes.length && isAsSent(block, 'bd-1'));
});

t.test('only files with fixes of the tracker and the time are read, and only for what is asked', async (t) => {
  const folder = await temporaryFolder(t);
  const sent = (tracker: string, atMs: number) => ({
    tracker,
    reportId: '00',
    fixes: [fix(atMs, positionOf(tracker, atMs - T0), { altitudeDm: 7 })],
    rejected: [],
  });
  const log = [
    raw({ ms: T0, seq: 0 }, { kind: 'fixes', batches: [sent('bd-1', T0), sent('bd-2', T0)] }),
    raw({ ms: T0 + HOUR, seq: 0 }, { kind: 'fixes', batches: [sent('bd-1', T0 + 1), sent('bd-2', T0 + HOUR)] }),
  ];
  const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: 1 });
  t.teardown(() => archive.close());
  const files = archive.fixParts.map(({ file }) => file.name);
  const times = { fromMs: T0, toMs: T0 + HOUR };
  const duck = await archive.reader();
  const read = (detail: 'whole' | 'position') =>
    archive.blocks.read(duck, { files, trackers: ['bd-1', 'bd-2', 'bd-3'], ...times, detail });
  const positions = await read('position');
  t.strictSame(
    ['bd-1', 'bd-2', 'bd-3'].map((tracker) => positions?.get(tracker)?.map(({ rows }) => rows)),
    [[1, 1], [1], []],
    'a late fix of one tracker does not make the file matter for the other',
  );
  t.notOk(positions?.get('bd-1')?.some((block) => block.has('whole')));
  t.equal(positions?.get('bd-1')?.[0]?.logged(0, 0, 'position').fix.altitudeDm, null);
  const whole = await read('whole');
  t.equal(
    whole?.get('bd-1')?.[0]?.logged(0, 0, 'whole').fix.altitudeDm,
    7,
    'what was read for its positions is read whole',
  );
  await rm(join(folder, 'parts'), { recursive: true });
  t.ok(await read('position'), 'and then says its positions, too');
});

t.test(
  'files of many row groups give each tracker its own fixes, and are forgotten when they are deleted',
  async (t) => {
    const [trackers, fixesEach, perReport] = [['bd-1', 'bd-2', 'bd-3', 'bd-4', 'bd-5'], 40_000, 500];
    const log = Array.from({ length: fixesEach / perReport }, (_, i) => {
      const fixesOf = (tracker: string) =>
        Array.from({ length: perReport }, (_, k) =>
          fix(T0 + i * perReport + k, positionOf(tracker, i * perReport + k)),
        );
      const batches = trackers.map((tracker) => ({ tracker, reportId: '00', fixes: fixesOf(tracker), rejected: [] }));
      return raw({ ms: T0 + (i + 1) * perReport, seq: 0 }, { kind: 'fixes', batches });
    });
    const folder = await temporaryFolder(t);
    const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: log.length / 2 });
    t.teardown(() => archive.close());
    const files = archive.fixParts.map(({ file }) => file.name);
    const whole = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, detail: 'whole' } as const;
    const duck = await archive.reader();
    for (let times = 0; times < 10; times += 1) {
      const some = trackers.slice(times % 2, 2 + (times % 4));
      const blocks = await new FixBlocks(folder).read(duck, { ...whole, files, trackers: some });
      for (const tracker of some) {
        const own = blocks?.get(tracker) ?? [];
        t.strictSame(
          own.map(({ rows }) => rows),
          [fixesEach / 2, fixesEach / 2],
          tracker,
        );
        t.ok(
          own.every((block) => isAsSent(block, tracker)),
          `${tracker} has its own fixes`,
        );
      }
    }
    const [blocks, legs] = [new FixBlocks(folder), new FixLegs(folder)];
    const late = [new FixBlocks(folder), new FixLegs(folder)] as const;
    const reading = [late[0].read(duck, { ...whole, files, trackers }), late[1].read(duck, files)];
    for (const kept of late) kept.keepOnly(new Set());
    await Promise.all(reading);
    await blocks.read(duck, { ...whole, files, trackers });
    await legs.read(duck, files);
    await rm(join(folder, 'parts'), { recursive: true });
    for (const kept of [blocks, legs]) kept.keepOnly(new Set(files));
    t.ok(await blocks.read(duck, { ...whole, files, trackers }), 'what is kept needs no file');
    t.ok(await legs.read(duck, files));
    for (const kept of [blocks, legs]) kept.keepOnly(new Set());
    await t.rejects(blocks.read(duck, { ...whole, files, trackers }), 'what was deleted is not in memory either');
    await t.rejects(legs.read(duck, files));
    await t.rejects(late[0].read(duck, { ...whole, files, trackers }), 'nor what was deleted while it was read');
    await t.rejects(late[1].read(duck, files));
  },
);

function positionOf(tracker: string, ordinal: number): PositionE7 {
  return { lngE7: ordinal, latE7: Number(tracker.slice(3)) };
}

/** Whether it has the positions that were sent, in the order of their times. */
function isAsSent(block: FixBlock, tracker: string): boolean {
  let lastMs = 0;
  for (let row = 0; row < block.rows; row += 1) {
    const { eventTimeMs, position } = block.logged(row, 0, 'whole').fix;
    if (eventTimeMs < lastMs) return false;
    lastMs = eventTimeMs;
    const sent = positionOf(tracker, eventTimeMs - T0);
    if (position?.lngE7 !== sent.lngE7 || position.latE7 !== sent.latE7) return false;
  }
  return true;
}
