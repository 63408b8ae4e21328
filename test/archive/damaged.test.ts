import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { joinedVersions, type VersionStreams } from '../../src/archive/joined-versions.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { createRandom } from '../../src/simulator/random.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { drawVisits, keptVersions } from './drawn-versions.js';
import { drawEntries } from './kept-log.js';
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
