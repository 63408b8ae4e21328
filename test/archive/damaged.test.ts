import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Archiver } from '../../src/archive/archiver.js';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { joinedVersions, type VersionStreams } from '../../src/archive/joined-versions.js';
import { lineBytes, sha256 } from '../../src/archive/manifest-line.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { compareLogIds } from '../../src/model/log-id.js';
import { createRandom } from '../../src/simulator/random.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { drawVisits, keptVersions } from './drawn-versions.js';
import { drawEntries, keptLogReader } from './kept-log.js';
import { testKeys } from './support.js';

const { signer, keys } = testKeys();
const log = drawEntries(createRandom(8, 'damaged'), 120);
const visits = drawVisits(createRandom(8, 'visits'), log);
const whole = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, most: 1_000 };
/** Hot state that has no version any more. */
const trimmed: VersionStreams = {
  readAlerts: async () => ({ kind: 'page', versions: [], last: 0 }),
  readVisits: async ({ after }) => ({ kind: 'page', versions: [], last: after }),
};

function archiveIn(folder: string): Promise<ArchiveFolder> {
  return archiveLog({ folder, signer, log, entriesPerPart: 40, versions: keptVersions(visits) });
}

t.test('two archivers on one folder publish each version once', async (t) => {
  const folder = await temporaryFolder(t);
  await Promise.all([archiveIn(folder), archiveIn(folder)]);
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: log.length });
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => archive.close());
  t.equal(archive.versionEnd('visits').upTo, visits.length);
  const found = await joinedVersions(archive, trimmed).visits(whole);
  t.strictSame(
    found.flat().toSorted((a, b) => a.transition - b.transition),
    visits,
  );
});

t.test('an archiver goes on behind what another has published, when the log was trimmed where it read', async (t) => {
  const folder = await temporaryFolder(t);
  const stop = new AbortController();
  const readers: number[] = [];
  const archive = async (first: () => Promise<void>): Promise<void> => {
    const archiver = new Archiver({
      folder,
      district: 'example',
      signer,
      foldVersion: 2,
      openReader: (after) => {
        const reader = keptLogReader(log, after);
        let reads = 0;
        readers.push(log.findIndex(({ id }) => compareLogIds(id, after) > 0));
        return {
          read: async ({ count }) => {
            reads += 1;
            if (readers.length > 1) stop.abort();
            if (readers.length > 1 || reads === 1) return await reader.read({ count: Math.min(count, 10), blockMs: 0 });
            await first();
            throw new BeatwatchError('log-trimmed', 'the log was trimmed');
          },
        };
      },
      setArchived: async () => undefined,
      nowMs: () => Date.now(),
      logger: keptLog(),
    });
    await archiver.run(stop.signal);
  };
  await t.rejects(
    archive(async () => undefined),
    { code: 'log-trimmed' },
    'nobody has published what was trimmed',
  );
  readers.splice(0);
  await archive(async () => {
    await archiveLog({ folder, signer, log: log.slice(0, 80), entriesPerPart: 40 });
  });
  t.strictSame(readers, [0, 80]);
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: log.length });
});

t.test('a line that another archiver is about to publish is not deleted', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveIn(folder);
  t.teardown(() => archive.close());
  const temporary = join(folder, 'manifest', '.0123456789abcdef.tmp');
  writeFileSync(temporary, '{}');
  await archive.clean({ graceMs: 60_000, nowMs: Date.now() });
  t.ok(existsSync(temporary));
  await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  t.notOk(existsSync(temporary), 'after a while, it is left of one that was killed');
});

t.test('a file of versions that was cut is named, and whoever asks for them gets a code, not a part', async (t) => {
  const folder = await temporaryFolder(t);
  await archiveIn(folder);
  const name = readdirSync(join(folder, 'parts')).find((one) => one.endsWith('.visits.parquet')) ?? '';
  truncateSync(join(folder, 'parts', name), 100);
  t.match((await verifyArchive({ folder, keys })).faults, [{ file: `parts/${name}`, what: 'truncated' }]);
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => archive.close());
  await t.rejects(joinedVersions(archive, trimmed).visits(whole), { code: 'archive-part-unreadable' });
});

t.test('an archive whose manifest lacks a line is not written to, nor read', async (t) => {
  const folder = await temporaryFolder(t);
  await archiveIn(folder);
  rmSync(join(folder, 'manifest/0000000002.json'));
  await t.rejects(ArchiveFolder.open({ folder, district: 'example' }), { code: 'archive-line-missing' });
  await t.rejects(archiveIn(folder), { code: 'archive-line-missing' });
  t.match((await verifyArchive({ folder, keys })).faults[0], { file: 'manifest/0000000002.json', what: 'missing' });
});

t.test('a manifest of a thousand lines is read whole, and the line that is missing or changed is named', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveIn(folder);
  const [first] = archive.lines;
  await archive.close();
  if (first === undefined) throw new Error('got no line');
  const pathOf = (number: number) => join(folder, 'manifest', `${String(number).padStart(10, '0')}.json`);
  let previous = first.sha256;
  for (let number = 2; number <= 1_100; number += 1) {
    const bytes = lineBytes({ ...first.line, line: number, previous, files: [] });
    writeFileSync(pathOf(number), bytes);
    previous = sha256(bytes);
  }
  const open = () => ArchiveFolder.open({ folder, district: 'example' });
  const whole = await open();
  t.strictSame([whole.lines.length, whole.current.length, whole.lines.at(-1)?.sha256], [1_100, 1_100, previous]);
  await whole.close();
  const changed = readFileSync(pathOf(1_000));
  writeFileSync(pathOf(1_000), lineBytes({ ...first.line, line: 1_000, previous: first.sha256, files: [] }));
  await t.rejects(open(), { code: 'archive-chain-broken', details: { line: 1_000 } });
  writeFileSync(pathOf(1_000), changed);
  rmSync(pathOf(700));
  await t.rejects(open(), { code: 'archive-line-missing', details: { line: 700 } });
});
