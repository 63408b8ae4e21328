import { createHash } from 'node:crypto';
import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import t from 'tap';
import { type CustodyFile, custodyPath, writeExport } from '../../src/commands/export-file.js';
import { FORMATS, formatsOf } from '../../src/formats/formats.js';
import type { Chunks } from '../../src/formats/table.js';
import { beatwatch } from '../documents/project.js';
import { custody } from '../formats/sample-trace.js';
import { temporaryFolder } from '../support/redis-server.js';

/** A shift on the square, as the manual replays it: longitude by second. */
const FIXES: readonly (readonly [second: number, lng: string])[] = [
  [0, '116.045'],
  [30, '116.052'],
  [60, '116.0582'],
  [90, '116.06'],
  [120, '116.06'],
  [150, '116.06'],
  [180, '116.06'],
  [210, '116.0625'],
  [240, '116.068'],
  [900, '116.073'],
  [930, '116.078'],
];
const START_S = 1_795_480_260;
const iso = (second: number): string => new Date((START_S + second) * 1_000).toISOString();

const data = await temporaryFolder(t);
const shift = join(data, 'shift.csv');
const kept = join(data, 'kept');
const archive = join(kept, 'archive/example');
await writeFile(
  shift,
  ['plate,gps_time,lat,lon,kmh', ...FIXES.map(([second, lng]) => `Patrol 1,${START_S + second},24.27,${lng},50`)].join(
    '\n',
  ),
);
const columns = 'vehicle=plate,time=gps_time:epoch-s,lat=lat,lng=lon,speed=kmh:kmh';
const replayed = beatwatch([
  ...['replay', shift, '--district', 'fixtures/example', '--columns', columns],
  ...['--unit-map', 'Patrol 1=bd-1', '--keep', kept],
]);
if (replayed.status !== 0) throw new Error(replayed.stderr);

const WHO = ['--archive', archive, '--unrecorded', '--by', 'wu', '--purpose', 'case 7'];
const DAY = ['--from', '2026-11-24T08:00:00+08:00', '--to', '2026-11-24T09:00:00+08:00'];
const FORMER_DAY = ['--from', '2026-11-20T08:00:00+08:00', '--to', '2026-11-20T09:00:00+08:00'];

function exported(...args: readonly string[]): ReturnType<typeof beatwatch> {
  return beatwatch(['export', ...args]);
}

async function custodyOf(path: string): Promise<CustodyFile> {
  return JSON.parse(await readFile(custodyPath(path), 'utf8')) as CustodyFile;
}

t.test(
  'the fixes of an archived day are the rows of its recording, and the file says where it comes from',
  async (t) => {
    const out = join(await temporaryFolder(t), 'traces.csv');
    const done = exported(
      'traces',
      ...WHO,
      ...DAY,
      '--unit',
      'car-1',
      '--out',
      out,
      '--keys',
      join(kept, 'keys/public.jwks'),
    );
    t.equal(done.status, 0, done.stderr);
    t.equal(done.stdout, '');
    const rows = parse(await readFile(out, 'utf8'), { columns: true }) as Readonly<Record<string, string>>[];
    t.strictSame(
      rows.filter(({ type }) => type === 'fix').map(({ time, lng, lat, tracker }) => [time, lng, lat, tracker]),
      FIXES.map(([second, lng]) => [iso(second), lng, '24.27', 'bd-1']),
    );
    const holes = rows.filter(({ type }) => type === 'hole').map(({ time, until }) => [time, until]);
    t.match(holes, [[], [iso(240), iso(900)]], 'one before the first fix, one that is longer than the silence');
    const { bytes, sha256, rows: count, ...said } = await custodyOf(out);
    const file = await readFile(out);
    t.strictSame([bytes, sha256, count], [file.length, createHash('sha256').update(file).digest('hex'), rows.length]);
    t.match(said, {
      district: 'example',
      kind: 'traces',
      exportedBy: 'wu',
      purpose: 'case 7',
      accessEntry: null,
      notice: /no access entry was written; the whole archive was checked/,
      filter: { units: ['car-1'], from: '2026-11-24T00:00:00.000Z' },
      archiveHead: { line: Number, sha256: /^[0-9a-f]{64}$/ },
      plans: [{ version: 1 }],
      mediaType: 'text/csv; charset=utf-8; header=present',
    });
  },
);

t.test('visits, with their bounds, and presence in a place come from the archive too', async (t) => {
  const visits = exported('visits', ...WHO, ...DAY, '--out', '-', '--format', 'ndjson');
  t.equal(visits.status, 0, visits.stderr);
  const found = visits.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  t.match(
    found.filter(({ place }) => place === 'square'),
    [{ unit: 'car-1', state: 'closed', innerFromMs: (START_S + 90) * 1_000, innerToMs: (START_S + 180) * 1_000 }],
  );
  t.match(JSON.parse(visits.stderr), { file: null, rows: found.length, kind: 'visits' }, 'the custody is on stderr');
  const all = exported(
    'visits',
    ...WHO,
    ...DAY,
    '--place',
    'square',
    '--versions',
    'all',
    '--out',
    '-',
    '--format',
    'csv',
  );
  t.ok((parse(all.stdout) as string[][]).length > 2, 'every version');
  const presence = exported('presence', ...WHO, ...DAY, '--place', 'square', '--out', '-', '--format', 'csv');
  t.equal(presence.status, 0, presence.stderr);
  const spans = parse(presence.stdout, { columns: true }) as Readonly<Record<string, string>>[];
  t.match(
    spans.filter(({ certainty }) => certainty === 'inside'),
    [{ unit: 'car-1', from: iso(90), to: iso(180) }],
  );
});

t.test('every format holds what the archive has, and nothing of a time when nothing was', async (t) => {
  const folder = await temporaryFolder(t);
  const wishes = [
    ...formatsOf('traces').map((format) => ['traces', format, DAY] as const),
    ['presence', 'xlsx', DAY],
    ['visits', 'parquet', DAY],
    ['alerts', 'geojson', DAY],
    ['visits', 'csv', FORMER_DAY],
    ['alerts', 'xlsx', FORMER_DAY],
  ] as const;
  for (const [i, [kind, format, period]] of wishes.entries()) {
    const area = kind === 'presence' ? ['--circle', '116.06,24.27,100'] : [];
    const out = join(folder, `${i}.${FORMATS[format].extension}`);
    const done = exported(kind, ...WHO, ...period, ...area, '--out', out);
    t.equal(done.status, 0, `${kind} as ${format}: ${done.stderr}`);
    const { rows, mediaType } = await custodyOf(out);
    t.equal(mediaType, FORMATS[format].mediaType);
    t.equal(rows > 0, period === DAY, `${kind} as ${format}: ${rows} rows`);
  }
});

t.test('a file is never replaced unless that is asked for', async (t) => {
  const out = join(await temporaryFolder(t), 'traces.csv');
  await writeFile(out, 'mine');
  const refused = exported('traces', ...WHO, ...DAY, '--out', out);
  t.equal(refused.status, 1);
  t.match(refused.stderr, /traces\.csv: got a file, expected none; --force replaces it/);
  t.equal(await readFile(out, 'utf8'), 'mine');
  t.equal(exported('traces', ...WHO, ...DAY, '--out', out, '--force').status, 0);
  t.match(await readFile(out, 'utf8'), /^type,unit,/);
});

t.test('words that are off are refused by name', async (t) => {
  const out = ['--out', '-', '--format', 'csv'];
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/expected one of traces, presence, visits, alerts/, 'trace', ...WHO, ...DAY, ...out],
    [/--unrecorded is missing/, 'traces', '--archive', archive, '--by', 'wu', '--purpose', 'x', ...DAY, ...out],
    [/--purpose is missing/, 'traces', '--archive', archive, '--unrecorded', '--by', 'wu', ...DAY, ...out],
    [/--by is missing/, 'traces', '--archive', archive, '--unrecorded', '--purpose', 'x', ...DAY, ...out],
    [/--to: got .*, expected an instant after --from/, 'traces', ...WHO, '--from', iso(9), '--to', iso(9), ...out],
    [/--from: got "today"/, 'traces', ...WHO, '--from', 'today', '--to', iso(9), ...out],
    [/got "gpx", expected one of geojson, csv/, 'visits', ...WHO, ...DAY, '--out', '-', '--format', 'gpx'],
    [/got no --format, and "x\.doc" does not say which/, 'traces', ...WHO, ...DAY, '--out', 'x.doc'],
    [/got 0 areas, expected one/, 'presence', ...WHO, ...DAY, ...out],
    [/expected LNG,LAT,METRES/, 'presence', ...WHO, ...DAY, '--circle', '116,24', ...out],
    [/got "nowhere", expected a place/, 'presence', ...WHO, ...DAY, '--place', 'nowhere', ...out],
  ];
  for (const [message, ...args] of wrong) {
    const { status, stderr, stdout } = exported(...args);
    t.equal(status, 2, stderr);
    t.match(stderr, message);
    t.equal(stdout, '');
  }
  const unknown = exported('traces', ...WHO, ...DAY, '--unit', 'car-99', ...out);
  t.match([unknown.status, unknown.stderr], [1, /car-99/]);
  const none = exported('traces', '--archive', kept, '--unrecorded', '--by', 'x', '--purpose', 'x', ...DAY, ...out);
  t.match([none.status, none.stderr], [1, /got no line of a manifest, expected the archive of a district/]);
});

t.test('an area that is drawn is checked before it is searched', async (t) => {
  const folder = await temporaryFolder(t);
  const draw = async (name: string, geometry: unknown): Promise<ReturnType<typeof beatwatch>> => {
    await writeFile(join(folder, name), JSON.stringify(geometry));
    return exported('presence', ...WHO, ...DAY, '--area', join(folder, name), '--out', '-', '--format', 'csv');
  };
  const around = [
    [116.059, 24.269],
    [116.061, 24.269],
    [116.061, 24.271],
    [116.059, 24.271],
    [116.059, 24.269],
  ];
  const good = await draw('good.json', {
    type: 'Feature',
    properties: {},
    geometry: { type: 'Polygon', coordinates: [around] },
  });
  t.match(good.stdout, /car-1,inside/, good.stderr);
  const crossed = [around[0], around[2], around[1], around[3], around[0]];
  t.equal((await draw('crossed.json', { type: 'Polygon', coordinates: [crossed] })).status, 2);
  t.match((await draw('point.json', { type: 'Point', coordinates: [1, 2] })).stderr, /got Point, expected a Polygon/);
});

t.test('of an archive that was changed nothing is exported when it is checked', async (t) => {
  const folder = await temporaryFolder(t);
  const changed = join(folder, 'changed');
  await cp(archive, changed, { recursive: true });
  const [part = ''] = await readdir(join(changed, 'parts'));
  await appendFile(join(changed, 'parts', part), 'x');
  const out = join(folder, 'traces.csv');
  const args = ['--archive', changed, '--unrecorded', '--by', 'wu', '--purpose', 'x', ...DAY, '--out', out];
  const refused = exported('traces', ...args, '--keys', join(kept, 'keys/public.jwks'));
  t.match([refused.status, refused.stderr], [1, new RegExp(part.replaceAll('.', '\\.'))]);
  t.strictSame(await readdir(folder), ['changed']);
});

t.test('an export that fails, or is stopped, leaves nothing under any name', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'out.csv');
  const write = (chunks: Chunks, signal: AbortSignal) =>
    writeExport(
      { path, force: false },
      chunks,
      (facts) => ({ ...custody(), ...facts, file: path, mediaType: 'text/csv', rows: 1, findings: [] }),
      signal,
    );
  async function* failing(): Chunks {
    yield 'half';
    throw new Error('the disk is gone');
  }
  await t.rejects(write(failing(), new AbortController().signal), /the disk is gone/);
  t.strictSame(await readdir(folder), []);
  const stop = new AbortController();
  async function* endless(): Chunks {
    for (let i = 0; ; i += 1) {
      if (i === 3) stop.abort(new Error('stopped by SIGINT'));
      yield 'more';
    }
  }
  await t.rejects(write(endless(), stop.signal), /stopped by SIGINT/);
  t.strictSame(await readdir(folder), []);
});

t.test('a Parquet file of the archive is read by another reader, with the rows that were sent', async (t) => {
  const names = (await readdir(join(archive, 'parts'))).filter((name) => name.includes('.fixes.')).toSorted();
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (const name of names) {
    const file = await asyncBufferFromFile(join(archive, 'parts', name));
    rows.push(...((await parquetReadObjects({ file, compressors })) as Readonly<Record<string, unknown>>[]));
  }
  t.strictSame(
    rows.map(({ tracker, event_time, lng_e7, lat_e7 }) => [tracker, event_time, lng_e7, lat_e7]),
    FIXES.map(([second, lng]) => [
      'bd-1',
      new Date((START_S + second) * 1_000),
      Math.round(Number(lng) * 1e7),
      242_700_000,
    ]),
  );
});
