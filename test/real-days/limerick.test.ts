import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryFolder } from '../support/redis-server.js';
import { boundsOf, dayLine, districtFolder, needs, placesOf, recording, reference, replay } from './days.js';

// A bus at 1 Hz, with two holes longer than two minutes.

const FILE = 'limerick_bus_304.gpx';
const DISTRICT = districtFolder('limerick');

t.test(...needs(FILE, 'the Limerick bus makes the visits that the independent script computes'), async (t) => {
  const [day, expected] = await Promise.all([
    replay(recording(FILE), DISTRICT, '--step', '10s'),
    reference(recording(FILE), DISTRICT),
  ]);
  t.comment(dayLine(day));
  t.match(day.summary, {
    fixes: { sent: 2_144, acknowledged: 2_144, admitted: 2_144, duplicate: 0, flagged: 0, refused: 0 },
    neglects: 0,
  });
  t.match(expected.counts, { fixes: 2_144, admitted: 2_144, outliers: 0 });
  t.ok(expected.visits.length >= 20 && placesOf(expected.visits).size >= 5, `${expected.visits.length} visits`);
  t.same(boundsOf(day.visits), boundsOf(expected.visits));
  t.equal(day.summary.visits, day.visits.length);
  for (const rule of ['checkpoint-gap', 'route-gap', 'zone-gap']) t.ok(day.summary.alerts.raised[rule], rule);
});

t.test('the independent script refuses a place whose threshold a fix is too near to', async (t) => {
  const folder = await temporaryFolder(t);
  await cp(DISTRICT, folder, { recursive: true });
  const place = (radiusM: number) => ({
    type: 'FeatureCollection',
    datum: 'WGS84',
    features: [
      {
        type: 'Feature',
        properties: { id: 'gate', kind: 'checkpoint', nameZh: '门', nameEn: 'Gate', radiusM },
        geometry: { type: 'Point', coordinates: [-8.65, 52.63] },
      },
    ],
  });
  // 0.001 degree of latitude is 111.27 m here.
  const points = [0, 1, 2, 3].map((second) => {
    return `<trkpt lat="52.631" lon="-8.65"><time>2019-02-18T08:00:0${second}Z</time></trkpt>`;
  });
  const path = join(folder, 'bus.gpx');
  await writeFile(path, `<gpx><trk><trkseg>${points.join('')}</trkseg></trk></gpx>`);
  const tryWith = async (radiusM: number) => {
    await writeFile(join(folder, 'places.geojson'), JSON.stringify(place(radiusM)));
    return await reference(path, folder);
  };
  await t.rejects(tryWith(111.25), /too near to say: bus-304 .* gate: the boundary/);
  await t.rejects(tryWith(71.25), /too near to say: bus-304 .* gate: the exit distance/);
  t.match(await tryWith(120), { visits: [{ place: 'gate', innerToMs: null, outerFromMs: null }] });
  t.match((await tryWith(100)).visits, []);
});
