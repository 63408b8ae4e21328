import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ArchiveFolder } from '../../src/archive/archive-folder.js';
import type { SnapshotSource } from '../../src/archive/day-snapshots.js';
import { currentLines } from '../../src/archive/manifest.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { encodeSnapshot } from '../../src/codec/snapshot-codec.js';
import { dumpState } from '../../src/engine/snapshot.js';
import { createState, FOLD_VERSION } from '../../src/engine/state.js';
import { compareLogIds, type LogId } from '../../src/model/log-id.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { archiveLog, DAY_MS, drawDays } from './archived-log.js';
import { testKeys } from './support.js';

const { signer, keys } = testKeys();

const log = drawDays({ days: 3, entriesADay: 150 }, 5, 'snapshots').flat();

function snapshotAt(logId: LogId): Uint8Array {
  const dump = dumpState(createState('example'));
  return encodeSnapshot({ ...dump, cursor: { ...dump.cursor, logId } });
}

/** An engine that leaves one after every thirtieth entry. */
const engine: SnapshotSource = {
  firstSince: async (sinceMs, upTo) => {
    const found = log.find(({ id }, i) => i % 30 === 29 && id.ms >= sinceMs && compareLogIds(id, upTo) <= 0);
    return found === undefined ? null : snapshotAt(found.id);
  },
};

async function archived(t: TestScope, snapshots: SnapshotSource): Promise<ArchiveFolder> {
  const folder = await temporaryFolder(t);
  return await archiveLog({ folder, signer, log, entriesPerPart: 50, foldVersion: FOLD_VERSION, snapshots });
}

t.test(
  "the first snapshot of each day is archived once, signed, and goes over into the day's one part (A3)",
  async (t) => {
    const archive = await archived(t, engine);
    const days = archive.snapshots.map(({ logId }) => Math.floor(Number(logId.split('-')[0]) / DAY_MS));
    t.equal(new Set(days).size, 3);
    t.equal(days.length, 3);
    const [first] = currentLines(archive.lines);
    t.match(first?.line, { kind: 'compaction', snapshots: [{ foldVersion: FOLD_VERSION }] });
    await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
    t.match(await verifyArchive({ folder: archive.folder, keys }), { faults: [] });
    const upTo = log.at(-1)?.id ?? { ms: 0, seq: 0 };
    const newest = await archive.readSnapshot({ upTo, foldVersion: FOLD_VERSION });
    t.match(newest?.cursor.logId, log[329]?.id);
    const older = await archive.readSnapshot({ upTo: { ms: upTo.ms - DAY_MS, seq: 0 }, foldVersion: FOLD_VERSION });
    t.match(older?.cursor.logId, log[179]?.id, 'the last one before an instant');
    t.equal(await archive.readSnapshot({ upTo: { ms: 1, seq: 0 }, foldVersion: FOLD_VERSION }), null);
    t.equal(await archive.readSnapshot({ upTo, foldVersion: FOLD_VERSION + 1 }), null, 'of another fold');

    const name = archive.snapshots[1]?.file ?? '';
    const path = join(archive.folder, 'parts', name);
    const bytes = readFileSync(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    t.match((await verifyArchive({ folder: archive.folder, keys })).faults, [
      { file: `parts/${name}`, what: 'changed' },
    ]);
    await t.rejects(archive.readSnapshot({ upTo: { ms: upTo.ms - DAY_MS, seq: 0 }, foldVersion: FOLD_VERSION }), {
      code: 'archive-part-unreadable',
    });
  },
);

t.test('a snapshot that cannot be had, or stands beyond the part, is left out, and the archive goes on', async (t) => {
  const away: SnapshotSource = {
    firstSince: async () => {
      throw new Error('Redis is away');
    },
  };
  const ahead: SnapshotSource = { firstSince: async (_, { ms }) => snapshotAt({ ms: ms + 1, seq: 0 }) };
  for (const source of [away, ahead]) {
    const archive = await archived(t, source);
    t.strictSame(archive.snapshots, []);
    t.match(await verifyArchive({ folder: archive.folder, keys }), { faults: [], entries: log.length });
  }
});
