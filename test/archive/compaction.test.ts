import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { compact } from '../../src/archive/compaction.js';
import { Duck } from '../../src/archive/duck.js';
import { currentLines } from '../../src/archive/manifest.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { LOG_START } from '../../src/model/log-id.js';
import { at, fix, T0 } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog, DAY_MS, drawDays } from './archived-log.js';
import { gather, plain, raw, testKeys } from './support.js';

const END = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };
const { signer, keys } = testKeys();

const log = drawDays({ days: 3, entriesADay: 250 }, 7, 'compaction').flat();

function archiveIn(folder: string): Promise<ArchiveFolder> {
  return archiveLog({ folder, signer, log, entriesPerPart: 50 });
}

t.test('each day that is over becomes one part with just the entries of those that it replaces', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveIn(folder);
  const current = currentLines(archive.lines).map(({ line }) => line);
  t.match(
    current.map(({ kind, log: { entries } }) => `${kind} ${entries}`),
    ['compaction 250', 'compaction 250', 'flush 50', 'flush 50', 'flush 50', 'flush 50', 'flush 50'],
  );
  t.strictSame(plain(await gather(archive.read({ after: LOG_START, upTo: END }))), plain(log));
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: log.length }, 'also while they lie there');
  const compacted = archive.lines.findLast(({ line }) => line.kind === 'compaction')?.line;
  const left = archive.lines.find(({ line }) => line.line === compacted?.replaces[0])?.line.files[0]?.name ?? '';
  const path = join(folder, 'parts', left);
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.from(bytes.map((byte, i) => (i === 300 ? byte ^ 1 : byte))));
  t.match((await verifyArchive({ folder, keys })).faults, [{ file: `parts/${left}`, what: 'changed' }]);
  writeFileSync(path, bytes);
  await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: log.length });
  const [replaced] = archive.lines;
  t.notOk(existsSync(join(folder, 'parts', replaced?.line.files[0]?.name ?? '')), 'what is replaced is gone');
});

/** Two hours and a half from a day's beginning, a fix each five minutes; then five of the next day. */
function someHours(): readonly RawEntry[] {
  const fromMs = Math.floor(T0 / DAY_MS) * DAY_MS;
  const times = (count: number, sinceMs: number) => Array.from({ length: count }, (_, i) => sinceMs + i * 300_000);
  return [...times(30, fromMs), ...times(5, fromMs + DAY_MS)].map((ms) => {
    const batch = { tracker: 'bd-1', reportId: '00', fixes: [fix(ms, at(0))], rejected: [] };
    return raw({ ms, seq: 0 }, { kind: 'fixes', batches: [batch] });
  });
}

t.test('each hour of a day that goes on becomes one part, and the day is made of these when it is over', async (t) => {
  const folder = await temporaryFolder(t);
  const hours = someHours();
  const kindsOf = (archive: ArchiveFolder): readonly string[] =>
    currentLines(archive.lines).map(
      ({
        line: {
          kind,
          log: { entries },
        },
      }) => `${kind} ${entries}`,
    );
  const today = await archiveLog({ folder, signer, log: hours.slice(0, 30), entriesPerPart: 4 });
  t.strictSame(kindsOf(today), ['compaction 12', 'compaction 12', 'flush 4', 'flush 2']);
  t.strictSame(plain(await gather(today.read({ after: LOG_START, upTo: END }))), plain(hours.slice(0, 30)));
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: 30 }, 'while what was replaced lies there');
  await today.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: 30 });
  await today.close();
  const tomorrow = await archiveLog({ folder, signer, log: hours, entriesPerPart: 4 });
  t.teardown(() => tomorrow.close());
  t.strictSame(kindsOf(tomorrow), ['compaction 30', 'flush 4', 'flush 1']);
  t.strictSame(plain(await gather(tomorrow.read({ after: LOG_START, upTo: END }))), plain(hours));
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: 35 });
});

t.test('a part ends with its day, though neither its limits nor a read of the log do', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveLog({ folder, signer, log, entriesPerPart: 400 });
  t.teardown(() => archive.close());
  const flushes = archive.lines.filter(({ line }) => line.kind === 'flush');
  t.strictSame(
    flushes.map(({ line }) => line.log.entries),
    [250, 250, 250],
  );
  t.strictSame(plain(await gather(archive.read({ after: LOG_START, upTo: END }))), plain(log));
  t.match(await verifyArchive({ folder, keys }), { faults: [], entries: log.length });
});

t.test('a compaction whose entries are not those of its parts leaves nothing behind', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveIn(folder);
  const lines = currentLines(archive.lines)
    .slice(2, 4)
    .map(({ line }) => line);
  const [first, last] = [lines[0], lines[1]];
  if (first === undefined || last === undefined) throw new Error('no lines');
  const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
  const before = readdirSync(join(folder, 'parts')).length;
  const forged = { ...last, chain: { ...last.chain, to: 'ab'.repeat(32) } };
  await t.rejects(compact(archive, duck, { lines: [first, forged], span: 'day' }, 'forged'), {
    code: 'archive-inconsistent',
  });
  const fewer = { ...last, files: last.files.filter(({ table }) => table !== 'entries') };
  await t.rejects(compact(archive, duck, { lines: [first, fewer], span: 'day' }, 'forged'), {
    code: 'archive-inconsistent',
  });
  t.equal(readdirSync(join(folder, 'parts')).length, before);
  t.match(await compact(archive, duck, { lines, span: 'day' }, 'honest'), {
    log: { entries: 100 },
    chain: { to: last.chain.to },
  });
  await duck.close();
});

t.test('two searches that look at once for what was published since know each line once', async (t) => {
  const folder = await temporaryFolder(t);
  const early = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => early.close());
  const { lines } = await archiveIn(folder);
  await Promise.all([early.refresh(), early.refresh()]);
  t.strictSame(
    early.lines.map(({ line }) => line.line),
    lines.map(({ line }) => line.line),
  );
});

t.test('a compacted part that lacks an entry, or has another one, is found though its key is good', async (t) => {
  for (const change of ['lacks', 'has another']) {
    const folder = await temporaryFolder(t);
    const archive = await archiveIn(folder);
    const lines = currentLines(archive.lines).slice(2, 4);
    const [first, last] = [lines[0]?.line, lines.at(-1)?.line];
    if (first === undefined || last === undefined) throw new Error('no lines');
    const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
    const honest = log.slice(500, 600);
    const forged = honest.map((entry, i) =>
      i === 10 ? { ...entry, kind: 'tick', payload: new Uint8Array(0) } : entry,
    );
    const writer = archive.newPart(duck);
    await writer.add(change === 'lacks' ? honest.filter((_, i) => i !== 10) : forged);
    const part = await writer.finish('9999999999-forged');
    await duck.close();
    const claims = {
      ...part,
      log: { after: first.log.after, upTo: last.log.upTo, entries: 100 },
      chain: { from: first.chain.from, to: last.chain.to },
    };
    const o = {
      kind: 'compaction',
      replaces: lines.map(({ line }) => line.line),
      foldVersion: 2,
      madeAtMs: 1,
    } as const;
    t.ok(await archive.publish(claims, o, signer));
    const { faults } = await verifyArchive({ folder, keys });
    t.match(faults, [{ what: 'inconsistent', file: /forged/ }], change);
    t.equal(faults.length, 1);
  }
});
