import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createKeyPair, ensureArchiveKey, loadArchiveKeys } from '../../src/access/keys.js';
import type { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { joinedHistory } from '../../src/archive/joined-history.js';
import { joinedVersions } from '../../src/archive/joined-versions.js';
import { archiveKeys, archiveSigner, type ArchiveSigner } from '../../src/archive/keys.js';
import { currentAfter, currentLines } from '../../src/archive/manifest.js';
import type { Deletion } from '../../src/archive/manifest-line.js';
import { holdsIn, type Retention } from '../../src/archive/retention.js';
import { verifyArchive } from '../../src/archive/verify.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { LOG_START } from '../../src/model/log-id.js';
import { createRandom } from '../../src/simulator/random.js';
import { beatwatch } from '../e2e/programs.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog, DAY_MS, drawDays } from './archived-log.js';
import { drawVisits, keptVersions } from './drawn-versions.js';
import { gather, plain, testKeys } from './support.js';

const FOR_EVER: Retention = { fixes: null, visits: null, alerts: null, entries: null };
/** And an hour, so that a day is old as a whole, whatever its last minute. */
const KEEP_MS = 2 * DAY_MS + 3_600_000;
const TWO_DAYS: Retention = { ...FOR_EVER, fixes: KEEP_MS };
const { signer, keys } = testKeys();

const days = drawDays({ days: 5, entriesADay: 60 }, 3, 'retention');
const visits = drawVisits(createRandom(3, 'visits'), days.flat());
const all = { after: LOG_START, upTo: { ms: Number.MAX_SAFE_INTEGER, seq: 0 } };
const dayOf = (day: number) => ({
  fromMs: (days[day]?.[0]?.id.ms ?? 0) - 60_000,
  toMs: (days[day]?.at(-1)?.id.ms ?? 0) + 1,
});

async function archiveDays(
  folder: string,
  upToDay: number,
  retention: Retention,
  by: ArchiveSigner = signer,
): Promise<ArchiveFolder> {
  const log = days.slice(0, upToDay).flat();
  return await archiveLog({ folder, signer: by, log, entriesPerPart: 30, versions: keptVersions(visits), retention });
}

/** Days whose fixes are there. */
function daysWithFixes({ lines }: ArchiveFolder): readonly number[] {
  const left = currentLines(lines).filter(({ line }) => line.files.some(({ table }) => table === 'fixes'));
  const firstMs = days[0]?.[0]?.id.ms ?? 0;
  return [...new Set(left.map(({ line }) => Math.floor(line.logTime.fromMs / DAY_MS) - Math.floor(firstMs / DAY_MS)))];
}

t.test('what a line after the other makes current is what all lines do', async (t) => {
  const archive = await archiveDays(await temporaryFolder(t), 5, TWO_DAYS);
  t.teardown(() => archive.close());
  const { lines } = archive;
  t.strictSame([...new Set(lines.map(({ line }) => line.kind))].sort(), ['compaction', 'deletion', 'flush']);
  t.strictSame(archive.current, currentLines(lines), 'of an archive that is open');
  for (const cut of lines.keys())
    t.strictSame(
      currentAfter(currentLines(lines.slice(0, cut)), lines.slice(cut)),
      currentLines(lines),
      `cut at ${cut}`,
    );
});

t.test('what was kept for long enough is deleted by its kind, the chain says so, and the rest is whole', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveDays(folder, 5, TWO_DAYS);
  t.teardown(() => archive.close());
  t.strictSame(daysWithFixes(archive), [2, 3, 4]);
  const deletions = archive.lines.flatMap(({ line }) => line.deletion ?? []);
  t.match(deletions[0], { kind: 'fixes', keepMs: KEEP_MS });
  const names = deletions.flatMap(({ parts }) => parts.flatMap(({ files }) => files));
  t.ok(names.length > 0 && names.every((name) => !existsSync(join(folder, 'parts', name))));
  const verified = await verifyArchive({ folder, keys });
  t.strictSame(verified.faults, []);
  const found = await gather(archive.read(all));
  const isFixes = ({ kind, payload }: RawEntry) =>
    kind === 'fixes' && !Buffer.from(payload).toString().startsWith('no payload');
  const [old, young] = [days.slice(0, 2).flat(), days.slice(2).flat()];
  t.strictSame(plain(found), plain([...old.filter((entry) => !isFixes(entry)), ...young]), 'no entry is half there');
  const tail = {
    begins: async () => Number.MAX_SAFE_INTEGER,
    read: async () => ({ isFromGenesis: false, goneBeforeMs: null }) as never,
  };
  const history = joinedHistory(archive, tail);
  const gone = await history.read({ ...dayOf(1), visit: () => undefined });
  t.ok((gone.goneBeforeMs ?? 0) > dayOf(1).fromMs, 'who asks for it is told that it is gone');
  t.equal((await history.read({ ...dayOf(3), visit: () => undefined })).goneBeforeMs, null);
});

t.test('who searches versions is told of which log times they were deleted', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveDays(folder, 5, { ...FOR_EVER, visits: KEEP_MS });
  t.teardown(() => archive.close());
  const none = async () => ({ kind: 'page', versions: [], last: 0 }) as const;
  const versions = joinedVersions(archive, { readAlerts: none, readVisits: none });
  const ever = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const [deleted, ...more] = await versions.deleted('visits', ever);
  t.strictSame(more, []);
  t.ok((deleted?.fromMs ?? 0) >= dayOf(0).fromMs && (deleted?.toMs ?? 0) > dayOf(1).fromMs, JSON.stringify(deleted));
  t.ok((deleted?.toMs ?? 0) <= dayOf(2).fromMs, 'what is kept is not named');
  const when = archive.lines.findLast(({ line }) => line.kind === 'deletion')?.line.madeAtMs;
  t.equal(deleted?.deletedAtMs, when, 'nor is it left open when that was');
  t.strictSame(await versions.deleted('alerts', ever), []);
  t.strictSame(await versions.deleted('visits', { ...ever, toMs: dayOf(0).fromMs - DAY_MS }), [], 'of another time');
});

t.test('a held span outlives its rule until it is released', async (t) => {
  const folder = await temporaryFolder(t);
  const before = await archiveDays(folder, 2, FOR_EVER);
  t.teardown(() => before.close());
  const o = { foldVersion: 2, madeAtMs: 1 };
  const hold = { holdId: 'h-1', ...dayOf(1), actor: 'zhao', reason: 'an inquiry' };
  t.ok(await before.note({ kind: 'hold', hold }, o, signer));
  const held = await archiveDays(folder, 5, TWO_DAYS);
  t.teardown(() => held.close());
  t.strictSame(daysWithFixes(held), [1, 2, 3, 4]);
  t.strictSame((await verifyArchive({ folder, keys })).faults, []);
  const release = { holdId: 'h-1', actor: 'zhao', reason: 'closed' };
  t.ok(await held.note({ kind: 'release', release }, o, signer));
  const last = held.lines.at(-1);
  const line = last?.line.line ?? 0;
  t.match((await verifyArchive({ folder, keys })).faults, []);
  t.strictSame(holdsIn(held.lines), []);
  t.notOk(await before.note({ kind: 'release', release }, o, signer), 'who has not read the last line cannot publish');
  t.equal(line, held.lines.length);
});

t.test('verify accepts a lawful deletion and nothing else', async (t) => {
  const unlawful = async (deletion: (archive: ArchiveFolder) => Deletion, hold = false): Promise<unknown> => {
    const folder = await temporaryFolder(t);
    const archive = await archiveDays(folder, 5, FOR_EVER);
    t.teardown(() => archive.close());
    const o = { foldVersion: 2, madeAtMs: 1 };
    if (hold)
      await archive.note({ kind: 'hold', hold: { holdId: 'h', ...dayOf(0), actor: 'a', reason: 'b' } }, o, signer);
    await archive.note({ kind: 'deletion', deletion: deletion(archive) }, o, signer);
    const last = `manifest/${String(archive.lines.length).padStart(10, '0')}.json`;
    return (await verifyArchive({ folder, keys })).faults.map(({ file, what }) => (file === last ? what : file));
  };
  const filesOf = (archive: ArchiveFolder, at: number, table: string) => {
    const line = currentLines(archive.lines)[at]?.line;
    return {
      line: line?.line ?? 0,
      files: line?.files.filter((file) => file.table === table).map(({ name }) => name) ?? [],
    };
  };
  const rule = { kind: 'fixes', keepMs: KEEP_MS } as const;
  t.strictSame(await unlawful((archive) => ({ ...rule, parts: [filesOf(archive, 0, 'fixes')] })), [], 'lawful');
  t.strictSame(
    await unlawful((archive) => ({ ...rule, parts: [filesOf(archive, 4, 'fixes')] })),
    ['unlawful'],
    'young',
  );
  t.strictSame(
    await unlawful((archive) => ({ ...rule, parts: [filesOf(archive, 0, 'visits')] })),
    ['unlawful'],
    'of another kind',
  );
  t.strictSame(
    await unlawful((archive) => ({ ...rule, keepMs: 1, parts: [filesOf(archive, 4, 'fixes')] })),
    ['unlawful'],
    'no such rule',
  );
  t.strictSame(
    await unlawful((archive) => ({ ...rule, parts: [filesOf(archive, 0, 'fixes')] }), true),
    ['unlawful'],
    'held',
  );

  const folder = await temporaryFolder(t);
  const archive = await archiveDays(folder, 5, TWO_DAYS);
  t.teardown(() => archive.close());
  const kept = readdirSync(join(folder, 'parts')).find((name) => name.endsWith('.visits.parquet')) ?? '';
  rmSync(join(folder, 'parts', kept));
  const current = currentLines(archive.lines).some(({ line }) => line.files.some(({ name }) => name === kept));
  t.match((await verifyArchive({ folder, keys })).faults, current ? [{ file: `parts/${kept}`, what: 'missing' }] : []);
});

t.test('an admin holds a span by a command, lists what is held, and releases it', async (t) => {
  const folder = join(await temporaryFolder(t), 'renamed');
  const keyFolder = join(await temporaryFolder(t), 'keys');
  await createKeyPair(keyFolder);
  const { kid, privateJwk } = await ensureArchiveKey(keyFolder);
  await archiveDays(folder, 1, FOR_EVER, archiveSigner(kid, privateJwk));
  const said = ['--keys', keyFolder, '--actor', 'zhao', '--reason', 'an inquiry'];
  const span = ['--from', '2027-01-15T00:00:00Z', '--to', '2027-01-16T00:00:00Z'];
  const hold = await beatwatch(t, ['archive', 'hold', folder, ...span, ...said]);
  t.equal(hold.code, 0, hold.stderr);
  const [holdId = ''] = hold.stdout.split(' ');
  t.match(
    (await beatwatch(t, ['archive', 'holds', folder])).stdout,
    /2027-01-15T00:00:00.000Z to .*: zhao: an inquiry/,
  );
  const nowhere = join(keyFolder, 'nowhere');
  const noKey = await beatwatch(t, ['archive', 'hold', folder, ...span, ...said, '--keys', nowhere]);
  t.match([noKey.code, noKey.stderr], [1, /nowhere.*archive\.jwk/]);
  t.notOk(existsSync(nowhere), 'no key is made');
  const otherKeys = join(keyFolder, 'other');
  await createKeyPair(otherKeys);
  const foreign = await beatwatch(t, ['archive', 'hold', folder, ...span, ...said, '--keys', otherKeys]);
  t.match([foreign.code, foreign.stderr], [1, /got the key .*, expected one that has signed this archive/]);
  const unknown = await beatwatch(t, ['archive', 'release', folder, '--hold', 'other', ...said]);
  t.equal(unknown.code, 1);
  t.match(unknown.stderr, /got the hold other, expected/);
  t.equal((await beatwatch(t, ['archive', 'release', folder, '--hold', holdId, ...said])).code, 0);
  t.equal((await beatwatch(t, ['archive', 'holds', folder])).stdout, '');
  t.match(await verifyArchive({ folder, keys: archiveKeys(await loadArchiveKeys(keyFolder)) }), {
    faults: [],
    lines: 4,
  });
});
