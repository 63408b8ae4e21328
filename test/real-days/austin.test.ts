import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { temporaryFolder } from '../support/redis-server.js';
import {
  boundsOf,
  dayLine,
  districtFolder,
  LONGEST_RUN_MS,
  needs,
  placesOf,
  printed,
  recording,
  reference,
  replay,
} from './days.js';

// 329 buses, a fix each two minutes; the file is grouped by trip, so event order is the only one that is a day.

const FILE = 'austin_buses_2017-03-21.csv.gz';
const COLUMNS = 'vehicle=vehicle_id,time=timestamp:iso,lat=latitude,lng=longitude,speed=speed:mps';

t.setTimeout(LONGEST_RUN_MS);

t.test(...needs(FILE, 'the Austin buses make the visits that the independent script computes'), async (t) => {
  const folder = await temporaryFolder(t);
  await cp(districtFolder('austin'), folder, { recursive: true });
  const units = await printed(districtFolder('austin-units.mjs'), recording(FILE));
  await writeFile(join(folder, 'units.json'), units);
  const [day, expected] = await Promise.all([
    replay(recording(FILE), folder, '--columns', COLUMNS, '--step', '30s', '--order', 'event-time'),
    reference(recording(FILE), folder),
  ]);
  t.comment(dayLine(day));
  t.match(expected.counts, { fixes: 45_386, duplicates: 1, nullIsland: 3, outliers: 0, admitted: 45_382 });
  t.match(day.summary, {
    fixes: { sent: 45_386, acknowledged: 45_386, admitted: 45_382, duplicate: 1, flagged: 3, refused: 0 },
    neglects: 0,
  });
  t.same(day.flags, { 'null-island': 3 }, 'no outliers');
  t.ok(expected.visits.length >= 20 && placesOf(expected.visits).size >= 5, `${expected.visits.length} visits`);
  t.same(boundsOf(day.visits), boundsOf(expected.visits));
  for (const rule of ['checkpoint-gap', 'route-gap', 'zone-gap']) t.ok(day.summary.alerts.raised[rule], rule);
});
