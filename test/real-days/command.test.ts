import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseColumns } from '../../src/commands/columns.js';
import { temporaryFolder } from '../support/redis-server.js';
import { boundsOf, exampleFolder, replay } from './days.js';

// What `beatwatch replay` does with a recording that anybody can make.

const COLUMNS = 'vehicle=name,time=taken:iso,lat=lat,lng=lon,speed=kmh:kmh,receive=came';
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
    'name,taken,lat,lon,kmh,came',
    ...good,
    `Car One,${at(300)},99,116.06,0,${at(310)}`,
    `${good.at(-1)?.slice(0, -at(0).length)}${at(311)}`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  const options = ['--columns', COLUMNS, '--unit-map', 'Car One=bd-1'];
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

  await t.rejects(
    replay(path, exampleFolder, '--columns', COLUMNS),
    /1 trackers that no unit of example has \(car-one\)/,
  );
  await t.rejects(replay(path, exampleFolder, ...options, '--step', '61s'), /--step: got "61s", expected at most 60s/);
  await t.rejects(replay(path, exampleFolder, ...options, '--order', 'any'), /expected file or event-time/);
});

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
  for (const text of [
    '',
    'time=t,lat=y',
    'time=t,lat=y,lng=',
    'time=t,lat=y,lng=x,lng=x',
    'time=t:s,lat=y,lng=x',
    'mass=m',
  ])
    t.throws(() => parseColumns(text), { code: 'usage' }, text);
});
