import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { logKey, type RawEntry, rawEntryOf } from '../../src/log/raw-entry.js';
import { compareLogIds, LOG_START } from '../../src/model/log-id.js';
import { openRedis } from '../../src/redis/handle.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { gather, plain } from '../archive/support.js';
import { projectPath } from '../documents/project.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, SQUARE, standingAt } from './all-day-district.js';
import { beatwatch } from './programs.js';
import { openSite, type Site, serve, until } from './served-district.js';

t.setTimeout(240_000);

const EXAMPLE = projectPath('fixtures/example');
const ROLES = { BEATWATCH_ROLES: 'ingest,engine,api,archive' };
const END = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };

/** The entries that Redis has, and how many it was ever given. */
async function redisLog(site: Site): Promise<{ readonly entries: readonly RawEntry[]; readonly added: number }> {
  const handle = await openRedis({ url: null, dataFolder: site.folder, logger: keptLog() });
  try {
    const connection = handle.connect('query');
    const key = logKey(ALL_DAY);
    const entries = (await connection.xrangeBuffer(key, '-', '+')).map(rawEntryOf);
    const facts = (await connection.call('XINFO', 'STREAM', key)) as unknown[];
    return { entries, added: Number(facts[facts.indexOf('entries-added') + 1]) };
  } finally {
    await handle.close();
  }
}

t.test(
  'a server archives what it logged, goes on after a stop, and refuses a log that is younger than its archive (A4)',
  async (t) => {
    const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t), ...ROLES });
    const folder = join(site.folder, 'archive', ALL_DAY);
    for (const round of [1, 2]) {
      const server = await serve(t, site);
      const url = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
      const client = new TrackerClient({ url, tracker: 'bd-1', token: await site.token('tracker', 'bd-1') });
      const fixes = Array.from({ length: 20 }, (_, i) => standingAt(SQUARE, Date.now() - i * 1_000 - round * 60_000));
      t.match(await client.send(fixes), { durable: true, refusal: null });
      await client.close();
      await until(async () => {
        const response = await fetch(`${server.url}/readyz`);
        const { checks } = (await response.json()) as { checks: { name: string; ok: boolean }[] };
        return checks.some(({ name, ok }) => name === `archive ${ALL_DAY}` && ok);
      }, 'an archive in /readyz');
      server.process.kill('SIGTERM');
      t.equal(await server.exit, 0, server.stderr());
      const log = await redisLog(site);
      const archive = await ArchiveFolder.open({ folder, district: ALL_DAY });
      t.teardown(() => archive.close());
      t.equal(archive.lines.length, round, 'a stop writes what was gathered');
      const archived = await gather(archive.read({ after: LOG_START, upTo: END }));
      const tail = log.entries.filter(({ id }) => compareLogIds(id, archive.upTo) > 0);
      t.equal(archived.length + tail.length, log.added, `round ${round}: each entry once`);
      const both = log.entries.filter(({ id }) => compareLogIds(id, archive.upTo) <= 0);
      t.strictSame(plain(archived.slice(archived.length - both.length)), plain(both));
      t.equal(archived.filter(({ kind }) => kind === 'fixes').length, round);
    }
    await rm(join(site.folder, 'redis'), { recursive: true });
    await t.rejects(serve(t, site), /archive-ahead|expected one that reaches/);
  },
);

t.test('a replay that is kept leaves an archive that anybody can verify, and one changed byte is named', async (t) => {
  const folder = join(await temporaryFolder(t), 'kept');
  const recording = join(await temporaryFolder(t), 'bd-1.csv');
  const row = (i: number) => `${1_795_480_260 + i * 10},24.27,116.06`;
  await writeFile(recording, ['time,lat,lng', ...Array.from({ length: 60 }, (_, i) => row(i))].join('\n'));
  const columns = ['--columns', 'time=time:epoch-s,lat=lat,lng=lng'];
  const words = ['replay', recording, '--district', EXAMPLE, ...columns, '--json', '--keep', folder];
  const replay = await beatwatch(t, words);
  t.equal(replay.code, 0, replay.stderr);
  const archive = join(folder, 'archive', 'example');
  const verify = () => beatwatch(t, ['verify', archive, '--keys', join(folder, 'keys', 'public.jwks'), '--json']);
  const whole = await verify();
  t.equal(whole.code, 0, whole.stdout);
  t.match(JSON.parse(whole.stdout), { type: 'verified', ok: true, faults: 0 });

  const name = readdirSync(join(archive, 'parts')).find((one) => one.endsWith('.fixes.parquet')) ?? '';
  const bytes = readFileSync(join(archive, 'parts', name));
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(join(archive, 'parts', name), bytes);
  const changed = await verify();
  t.equal(changed.code, 1);
  t.match(changed.stdout, `"file":"parts/${name}","what":"changed"`);
  const again = await beatwatch(t, words);
  t.equal(again.code, 1);
  t.match(again.stderr, /expected an empty one/);
});
