import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Superseded } from '../../src/api/superseded.js';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Duck } from '../../src/archive/duck.js';
import { joinedVersions, type VersionStreams } from '../../src/archive/joined-versions.js';
import { currentLines } from '../../src/archive/manifest.js';
import { compact } from '../../src/archive/compaction.js';
import { openPartReader } from '../../src/archive/part-reader.js';
import { archiveSchema } from '../../src/archive/self-description.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { readVersions } from '../../src/archive/version-reader.js';
import { versionPages } from '../../src/archive/version-pages.js';
import { VersionWriter } from '../../src/archive/version-writer.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { formatLogId, LOG_START, type LogId } from '../../src/model/log-id.js';
import { formatVisitId } from '../../src/model/visit-id.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { createRandom } from '../../src/simulator/random.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { archiveLog, DAY_MS, drawDays } from './archived-log.js';
import { drawVisits, keptVersions, rawVersion } from './drawn-versions.js';
import { gather, testKeys } from './support.js';

const SEED = Number(process.env.SEED ?? 11);
const { signer, keys } = testKeys();
const random = createRandom(SEED, 'versions');

const log = drawDays({ days: 3, entriesADay: 250 }, SEED, 'log').flat();
const visits = drawVisits(random, log);

async function archived(t: TestScope, told: readonly VisitVersion[] = visits): Promise<ArchiveFolder> {
  const folder = await temporaryFolder(t);
  return await archiveLog({ folder, signer, log, entriesPerPart: 50, versions: keptVersions(told) });
}

/** Hot state that has the versions above a number. */
function streams(kept: readonly VisitVersion[]): VersionStreams {
  const [first, last] = [kept[0]?.transition ?? 0, kept.at(-1)?.transition ?? 0];
  return {
    readAlerts: async () => ({ kind: 'page', versions: [], last: 0 }),
    readVisits: async ({ after, count }) =>
      after > last || (first > 0 && after + 1 < first)
        ? { kind: 'resync', first, last }
        : { kind: 'page', versions: kept.filter((one) => one.transition > after).slice(0, count), last },
  };
}

async function archivedVisits(archive: ArchiveFolder): Promise<readonly VisitVersion[]> {
  const duck = await openPartReader(archive.folder);
  const lines = currentLines(archive.lines).map(({ line }) => line);
  const all = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
  const found: VisitVersion[] = [];
  for await (const some of readVersions(duck, archive.folder, lines, 'visits', all))
    found.push(...some.map(({ json }) => JSON.parse(json) as VisitVersion));
  await duck.close();
  return found;
}

t.test(
  `seed ${SEED}: every version is archived once, none before its entry, and days become one part with the same`,
  async (t) => {
    const archive = await archived(t);
    t.ok(visits.length > 100, `${visits.length} versions`);
    t.strictSame(await archivedVisits(archive), visits);
    t.match(await verifyArchive({ folder: archive.folder, keys }), { faults: [] });
    const current = currentLines(archive.lines).map(({ line }) => line);
    t.ok(current.some(({ kind, versions }) => kind === 'compaction' && (versions?.visits.versions ?? 0) > 20));
    for (const { line } of archive.lines.filter((one) => one.line.kind === 'flush')) {
      const upToMs = Number(line.log.upTo.split('-')[0]);
      const { after, upTo } = line.versions?.visits ?? { after: 0, upTo: 0 };
      t.ok(visits.slice(after, upTo).every(({ logId }) => Number(logId.split('-')[0]) <= upToMs));
    }
  },
);

t.test('versions that are gone from the store are counted as gone, and the archive goes on', async (t) => {
  const archive = await archived(
    t,
    visits.filter(({ transition }) => transition < 10 || transition > 20),
  );
  t.equal((await archivedVisits(archive)).length, visits.length - 11);
  t.match(await verifyArchive({ folder: archive.folder, keys }), { faults: [] });
});

t.test('a compacted part that lacks a version, or has another one, is found though its key is good', async (t) => {
  for (const change of ['lacks', 'has another']) {
    const archive = await archived(t);
    const lines = currentLines(archive.lines)
      .slice(2, 4)
      .map(({ line }) => line);
    const [first, last] = [lines[0]?.versions?.visits, lines.at(-1)?.versions?.visits];
    if (first === undefined || last === undefined) throw new Error('no versions');
    const duck = await Duck.open({ folder: archive.folder, memory: '128MB', threads: 1 });
    const honest = await compact(archive, duck, { lines, span: 'day' }, 'honest');
    const writer = new VersionWriter({
      duck,
      folder: archive.folder,
      table: 'visits',
      after: first.after,
      chain: Buffer.from(first.chain.from, 'hex'),
    });
    for (const [i, visit] of visits.slice(first.after, last.upTo).entries()) {
      if (i !== 3) await writer.add(rawVersion(visit));
      else if (change === 'has another') await writer.add(rawVersion({ ...visit, unit: 'car-9' }));
    }
    const forged = await writer.finish('forged');
    await duck.close();
    const files = [...honest.files.filter(({ table }) => table !== 'visits'), ...forged.files];
    const o = { kind: 'compaction', replaces: lines.map(({ line }) => line), foldVersion: 2, madeAtMs: 1 } as const;
    t.ok(await archive.publish({ ...honest, files }, o, signer));
    const { faults } = await verifyArchive({ folder: archive.folder, keys });
    t.match(
      faults.filter(({ what }) => what === 'inconsistent'),
      [{ file: /forged.visits/ }],
      change,
    );
  }
});

t.test(`seed ${SEED}: visits of a stretch come from archive and hot state as one, each version once`, async (t) => {
  const archive = await archived(t);
  const [firstMs, lastMs] = [log[0]?.id.ms ?? 0, log.at(-1)?.id.ms ?? 0];
  for (let i = 0; i < 12; i += 1) {
    const day = random.integer(0, 2) * DAY_MS;
    const fromMs = firstMs + day + random.integer(-30_000, 90_000);
    const toMs = random.chance(0.3) ? lastMs : fromMs + random.integer(0, 60_000);
    const places = random.chance(0.5) ? ['gate'] : undefined;
    const units = random.chance(0.5) ? ['car-1', 'foot-1'] : undefined;
    const query = { fromMs, toMs, most: 10_000, ...(places && { places }), ...(units && { units }) };
    const kept = visits.slice(random.integer(0, archive.versionEnd('visits').upTo));
    const found = await joinedVersions(archive, streams(kept)).visits(query);
    t.strictSame(found, expectedVisits(query), `${fromMs} to ${toMs}`);
  }
  const everything = { fromMs: firstMs - DAY_MS, toMs: lastMs + DAY_MS };
  const history = joinedVersions(archive, streams(visits.slice(-10)));
  await t.rejects(history.visits({ ...everything, most: 3 }), { code: 'search-too-large' });
  t.strictSame(await history.alerts({ ...everything, most: 3 }), []);
  t.strictSame(await history.visits({ ...everything, places: [], most: 3 }), []);
});

t.test('pages of any age come from archive and hot state as one, and so does which version was replaced', async (t) => {
  const archive = await archived(t);
  const upTo = archive.versionEnd('visits').upTo;
  const kept = visits.slice(upTo - 20);
  const hot = { ...streams(kept), readAlertVersions: async () => [] };
  const pages = versionPages(archive, hot);
  const seen: VisitVersion[] = [];
  for (let after = 0; after < visits.length; ) {
    const page = await pages.readVisits({ after, count: random.integer(1, 70) });
    if (page.kind !== 'page') throw new Error(`resync after ${after}`);
    seen.push(...page.versions);
    after = page.versions.at(-1)?.transition ?? visits.length;
  }
  t.strictSame(seen, visits);
  const superseded = new Superseded((o) => pages.readVisitLinks(o));
  t.equal(await superseded.catchUp(), visits.length);
  const replaced = new Set(visits.map(({ previous }) => previous));
  t.strictSame(
    visits.filter(({ transition }) => superseded.has(transition)).map(({ transition }) => transition),
    visits.filter(({ transition }) => replaced.has(transition)).map(({ transition }) => transition),
  );
  t.match(await versionPages(null, hot).readVisits({ after: 0, count: 5 }), { kind: 'resync' });
  t.match(await pages.readVisits({ after: visits.length + 1, count: 5 }), { kind: 'resync' }, 'ahead of the stream');
});

t.test('a search reads the parts that can hold an answer, and is given up when it is told to', async (t) => {
  const days = drawDays({ days: 20, entriesADay: 5 }, SEED, 'long');
  const told: VisitVersion[] = [];
  const tell = (day: number, version: Partial<VisitVersion>): VisitVersion => {
    const { id } = (days[day] as readonly RawEntry[])[4] as RawEntry;
    const about = { atMs: id.ms, logId: formatLogId(id), transition: told.length + 1 };
    const one = { ...(visits[0] as VisitVersion), version: 1, previous: null, innerToMs: null, ...version, ...about };
    told.push(one);
    return one;
  };
  const begin = (day: number, ordinal = 1): Partial<VisitVersion> => {
    const logId = days[day]?.[4]?.id as LogId;
    const innerFromMs = logId.ms - 5_000;
    const [place, unit] = ['gate', 'car-1'];
    return {
      visitId: formatVisitId({ kind: 'visit', place, unit, fromMs: innerFromMs, logId, ordinal }),
      innerFromMs,
    };
  };
  let long: VisitVersion | null = null;
  let lasting: VisitVersion | null = null;
  for (let day = 0; day < 20; day += 1) {
    if (day === 2) lasting = tell(day, begin(day));
    if (day === 2) long = tell(day, begin(day, 2));
    if (day === 5) {
      const wrong = tell(day, begin(day, 4));
      tell(day, { ...wrong, state: 'retracted', version: 2, previous: wrong.transition });
    }
    if (day === 8)
      tell(day, { ...long, version: 2, innerToMs: long?.innerFromMs ?? 0, previous: long?.transition ?? 0 });
    const open = tell(day, { ...begin(day, 3), place: 'market' });
    tell(day, { ...open, version: 2, innerToMs: open.innerFromMs + 1_000, previous: open.transition });
  }
  const folder = await temporaryFolder(t);
  const archiveDays = (count: number) =>
    archiveLog({
      folder,
      signer,
      log: days.slice(0, count).flat(),
      entriesPerPart: 5,
      versions: keptVersions(told),
    });
  const archive = await archiveDays(6);
  t.teardown(() => archive.close());
  const history = joinedVersions(archive, streams([]));
  const dayMs = days[12]?.[0]?.id.ms ?? 0;
  const query = { fromMs: dayMs, toMs: dayMs + 3_600_000, most: 100 };
  t.same((await history.visits(query)).flat(), [lasting, long], 'as far as it is archived');
  await archiveDays(20);
  await history.visits(query);
  const dayOf = ({ logTime }: { logTime: { fromMs: number } }) => Math.round((logTime.fromMs - dayMs) / DAY_MS) + 12;
  for (const { line } of currentLines(archive.lines)) {
    if ([2, 12, 13].includes(dayOf(line))) continue;
    for (const { name } of line.files) rmSync(join(folder, 'parts', name));
  }
  const found = await history.visits(query);
  const ofDay = told.filter(({ atMs }) => atMs === days[12]?.[4]?.id.ms);
  t.same(found, [[lasting], ofDay], 'what lasts on, and what the day had');
  const signal = AbortSignal.abort(new Error('enough'));
  await t.rejects(history.visits({ ...query, signal }), /enough/);
});

t.test('a search and a page begin again when their parts are put into one beneath them', async (t) => {
  const folder = await temporaryFolder(t);
  const o = { folder, signer, log: log.slice(0, 250), entriesPerPart: 50, versions: keptVersions(visits) };
  const { lines } = await archiveLog(o);
  const [first, last] = [log[0]?.id.ms ?? 0, log[249]?.id.ms ?? 0];
  const query = { fromMs: first - DAY_MS, toMs: last + DAY_MS, most: 10_000 };
  const kept = visits.filter(({ logId }) => Number(logId.split('-')[0]) <= last);
  const hot = { ...streams(visits.slice(-1)), readAlertVersions: async () => [] };
  for (const asked of ['search', 'page']) {
    const archive = await ArchiveFolder.open({ folder, district: 'example' });
    t.teardown(() => archive.close());
    const read = archive.reader.bind(archive);
    // Just before the parts are read.
    archive.reader = async () => {
      archive.reader = read;
      await replaceParts(folder);
      return await read();
    };
    const found =
      asked === 'search'
        ? (await joinedVersions(archive, streams([])).visits(query)).flat()
        : await pageOf(versionPages(archive, hot), kept.length);
    t.same(
      new Set(found.map(({ transition }) => transition)),
      new Set(kept.map(({ transition }) => transition)),
      asked,
    );
    t.ok(archive.lines.length > lines.length, 'the manifest was read again');
  }

  /** All parts that there are become one, and their files go. */
  async function replaceParts(path: string): Promise<void> {
    const other = await ArchiveFolder.open({ folder: path, district: 'example' });
    t.teardown(() => other.close());
    const duck = await Duck.open({ folder: path, memory: '128MB', threads: 1 });
    const parts = currentLines(other.lines).map(({ line }) => line);
    const part = await compact(other, duck, { lines: parts, span: 'day' }, `joined-${other.lines.length}`);
    const replaces = parts.map(({ line }) => line);
    t.ok(await other.publish(part, { kind: 'compaction', replaces, foldVersion: 2, madeAtMs: 1 }, signer));
    await other.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
    await duck.close();
  }
});

async function pageOf(pages: ReturnType<typeof versionPages>, count: number): Promise<readonly VisitVersion[]> {
  const page = await pages.readVisits({ after: 0, count });
  return page.kind === 'page' ? page.versions : [];
}

/** By looking at every version. */
function expectedVisits(o: { fromMs: number; toMs: number; places?: string[]; units?: string[] }): VisitVersion[][] {
  const byId = new Map<string, VisitVersion[]>();
  for (const visit of visits) byId.set(visit.visitId, [...(byId.get(visit.visitId) ?? []), visit]);
  return [...byId.values()].filter((versions) => {
    const [one] = versions;
    if (one === undefined || o.places?.includes(one.place) === false || o.units?.includes(one.unit) === false)
      return false;
    return versions.some(({ innerFromMs, innerToMs, atMs, state }, i) => {
      const lasts = i === versions.length - 1 && state !== 'retracted';
      const endMs = innerToMs ?? (lasts ? Number.POSITIVE_INFINITY : atMs);
      return innerFromMs < o.toMs && endMs >= o.fromMs;
    });
  });
}

t.test('the folder says itself what lies in it, and its schema is that of the files', async (t) => {
  const { folder, lines } = await archived(t);
  t.match(readFileSync(join(folder, 'README.md'), 'utf8'), /district example/);
  const schema = JSON.parse(readFileSync(join(folder, 'schema.json'), 'utf8')) as ReturnType<typeof archiveSchema>;
  t.strictSame(schema, archiveSchema());
  const { tables } = schema as { tables: { table: string; columns: { name: string; type: string }[] }[] };
  const duck = await openPartReader(folder);
  for (const { name, table } of lines[0]?.line.files ?? []) {
    const described: unknown[][] = [];
    const file = join(folder, 'parts', name);
    const sql = `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('${file}'))`;
    for await (const chunk of duck.chunks(sql)) described.push(...chunk.getRows());
    const columns = tables.find((one) => one.table === table)?.columns ?? [];
    t.strictSame(
      described,
      // A Parquet file says milliseconds; DuckDB reads them as its own timestamps.
      columns.map(({ name: column, type }) => [column, type.replace('TIMESTAMP_MS', 'TIMESTAMP')]),
      table,
    );
  }
  await duck.close();
  const again = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => again.close());
  const all = { after: LOG_START, upTo: { ms: Number.MAX_SAFE_INTEGER, seq: 0 } };
  t.equal((await gather(again.read(all))).length, log.length);
});
