// Prints the units.json that belongs in austin/: a unit for each vehicle of the recording.
//
//     node test/real-days/districts/austin-units.mjs ../shared/data/traces/austin_buses_2017-03-21.csv.gz > …/units.json

import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { gunzipSync } from 'node:zlib';

const [, ...rows] = gunzipSync(readFileSync(argv[2])).toString('utf8').trimEnd().split(/\r?\n/);
const vehicles = [...new Set(rows.map((row) => row.slice(0, row.indexOf(','))))].sort((a, b) => (a < b ? -1 : 1));
const units = vehicles.map((id) => ({
  id: `bus-${id}`,
  callsign: `Bus ${id}`,
  kind: 'car',
  group: 'fleet',
  crewCount: 1,
  tracker: id,
  expectedIntervalS: 120,
  duty: 'always',
}));
stdout.write(JSON.stringify({ groups: [{ id: 'fleet', nameZh: '车队', nameEn: 'Fleet' }], units }));
