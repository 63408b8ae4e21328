import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseColumns, parseColumnsFile } from '../../src/commands/columns.js';
import { temporaryFolder } from '../support/redis-server.js';
import { beatwatch } from '../e2e/programs.js';
import { type Bounds, boundsOf, exampleFolder, replay } from './days.js';

// What `beatwatch replay` does with a recording that anybody can make.

const COLUMNS = 'vehicle=name,time=taken:iso,lat=lat,lng=lon,speed=kmh:kmh,receive=came';
const COLUMN_NAMES = 'name,taken,lat,lon,kmh,came';
const NINE_MS = Date.parse('2026-11-24T09:00:00+08:00');
const at = (second: number): string => new Date(NINE_MS + second * 1_000).toISOString();

/** Three minutes in the middle of the square, then two minutes 330 m north of it. */
function rows(): string[] {
  const list: string[] = [];
  for (let second = 0; second <= 300; second += 10) {
    const lat = second <= 180 ? '24.27' : '24.273';
    list.push(`Car One,${at(second)},${lat},116.06,0,${at(second + 2)}`);
  }
  return list;
}

t.test('a recording with a bad row, a repeat and a vehicle by name', async (t) => {
  const path = join(await temporaryFolder(t), 'shift.csv');
  const good = rows();
  const lines = [
    COLUMN_NAMES,
    ...good,
    `Car One,${at(300)},99,116.06,0,${at(310)}`,
    `${good.at(-1)?.slice(0, -at(0).length)}${at(311)}`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  const options = ['--columns', COLUMNS, '--unit-map', 'Car One=bd-1', '--skip-bad-rows'];
  const { summary, visits, rows: read } = await replay(path, exampleFolder, ...options);
  t.equal(read, good.length + 2);
  t.match(summary, {
    district: 'example',
    from: at(0),
    fixes: { sent: good.length + 1, acknowledged: good.length + 1, admitted: good.length, duplicate: 1, refused: 0 },
    visits: visits.length,
  });
  const inSquare = boundsOf(visits).filter(({ place }) => place === 'square');
  const bounds = {
    innerFromMs: NINE_MS,
    innerToMs: NINE_MS + 180_000,
    outerFromMs: null,
    outerToMs: NINE_MS + 190_000,
  };
  t.same(inSquare, [{ unit: 'car-1', place: 'square', ...bounds }]);
});

t.test('a recording and options that a replay cannot mean are refused before anything runs', async (t) => {
  const path = join(await temporaryFolder(t), 'shift.csv');
  await writeFile(path, [COLUMN_NAMES, ...rows(), `Car One,${at(300)},99,116.06,0,`].join('\n'));
  const strict = ['--columns', COLUMNS, '--unit-map', 'Car One=bd-1'];
  const options = [...strict, '--skip-bad-rows'];
  await t.rejects(
    replay(path, exampleFolder, ...strict),
    /got 1 bad rows .*--skip-bad-rows[\s\S]*row 33: .*latitude-range/,
  );
  await t.rejects(
    replay(path, exampleFolder, '--columns', COLUMNS, '--skip-bad-rows'),
    /1 trackers that no unit of example has \(car-one\)/,
  );
  await t.rejects(replay(path, exampleFolder, ...options, '--step', '61s'), /--step: got "61s", expected at most 60s/);
  await t.rejects(replay(path, exampleFolder, ...options, '--order', 'any'), /expected file or event-time/);
});

t.test('a day, the same months later and an odd date: each day as if alone, the months between one step', async (t) => {
  const path = join(await temporaryFolder(t), 'two-days.csv');
  const daysLaterMs = 110 * 86_400_000;
  const day = (laterMs: number): string[] =>
    rows().map((row) => row.replaceAll(/\d{4}-[^,]+Z/g, (text) => new Date(Date.parse(text) + laterMs).toISOString()));
  const odd = 'Car One,2007-04-10T00:31:00Z,24.27,116.06,0,';
  await writeFile(path, [COLUMN_NAMES, odd, ...day(0), ...day(daysLaterMs)].join('\n'));
  const args = ['replay', path, '--district', exampleFolder, '--columns', COLUMNS, '--unit-map', 'Car One=bd-1'];
  // What is left in the shell is about servers for real.
  const shell = { BEATWATCH_ROLES: 'ingest', BEATWATCH_CLOCK: 'virtual@x', REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, stdout, stderr } = await beatwatch(t, [...args, '--visits', '--json'], shell);
  t.equal(code, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  const visits = boundsOf(lines.filter(({ type }) => type === 'visit'));
  t.same(
    visits.filter(({ place }) => place === 'square').map(({ innerFromMs, innerToMs }) => [innerFromMs, innerToMs]),
    [0, daysLaterMs].map((ms) => [NINE_MS + ms, NINE_MS + ms + 180_000]),
  );
  t.match(
    lines.filter(({ type }) => type === 'odd-date'),
    [{ row: 2, eventTime: '2007-04-10T00:31:00.000Z', sentAt: at(2) }],
  );
  t.match(
    lines.filter(({ type }) => type === 'trace'),
    [{ odd: 1, flags: { late: 1 } }],
  );
  const gaps = lines.filter(({ type, rule = '' }) => type === 'alert' && rule.endsWith('-gap'));
  t.same(gaps, [], 'nothing is said about the months between');
});

t.test(
  'a recording whose receiver says that it is kilometres unsure: each fix is too vague, and there is no visit',
  async (t) => {
    const path = new URL('../../../test/engine/certainty/g.csv', import.meta.url).pathname;
    const columns = 'vehicle=v,time=t:epoch-s,lat=lat,lng=lon,hdop=hdop';
    for (const order of ['file', 'event-time']) {
      const args = [
        'replay',
        path,
        '--district',
        exampleFolder,
        '--columns',
        columns,
        '--order',
        order,
        '--visits',
        '--json',
      ];
      const { code, stdout, stderr } = await beatwatch(t, args);
      t.equal(code, 0, stderr);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Told);
      t.match(
        lines.filter(({ type }) => type === 'trace'),
        [{ rows: 3, fixes: 3, faults: {}, flags: { 'too-vague': 3 } }],
        order,
      );
      t.same(
        lines.filter(({ type }) => type === 'visit'),
        [],
        order,
      );
      t.match(lines.at(-1), {
        type: 'summary',
        fixes: { sent: 3, acknowledged: 3, admitted: 0, flagged: 3, refused: 0 },
      });
    }
  },
);

/** A line that the command prints, whatever it tells. */
type Told = Bounds & { readonly type: string; readonly rule?: string };

t.test('columns', async (t) => {
  t.same(parseColumns(COLUMNS), {
    vehicle: 'name',
    time: 'taken',
    timeFormat: 'iso',
    lat: 'lat',
    lng: 'lon',
    speed: 'kmh',
    speedUnit: 'kmh',
    receive: 'came',
  });
  t.same(parseColumns('time=t, lat=a:b, lng=x'), { time: 't', lat: 'a:b', lng: 'x' });
  const quoted = {
    time: 'Time (UTC+08:00)',
    timeFormat: 'epoch-s',
    lat: 'a "b"',
    lng: 'x',
    speed: 'Speed, km/h',
    speedUnit: 'kmh',
  };
  t.same(parseColumns('time="Time (UTC+08:00)":epoch-s,lat="a ""b""",lng=x,speed="Speed, km/h":kmh'), quoted);
  const file = {
    time: { column: quoted.time, format: 'epoch-s' },
    lat: quoted.lat,
    lng: { column: 'x' },
    speed: { column: quoted.speed, unit: 'kmh' },
  };
  t.same(parseColumnsFile(JSON.stringify(file)), quoted);
  for (const value of [
    [],
    { ...file, lng: 3 },
    { ...file, lng: { column: 'x', unit: 'kmh' } },
    { time: 't', lat: 'y' },
  ])
    t.throws(() => parseColumnsFile(JSON.stringify(value)), { code: 'usage' }, JSON.stringify(value));
  t.throws(() => parseColumns('time=Time (UTC+08:00),lat=y,lng=x'), { message: /name with a colon stands in quotes/ });
  for (const text of [
    '',
    'time="t,lat=y,lng=x',
    'time=t,lat=y',
    'time=t,lat=y,lng=',
    'time=t,lat=y,lng=x,lng=x',
    'time=t:s,lat=y,lng=x',
    'mass=m',
  ])
    t.throws(() => parseColumns(text), { code: 'usage' }, text);
});
