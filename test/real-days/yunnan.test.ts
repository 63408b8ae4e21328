import t from 'tap';
import { standing } from '../engine/verdicts.js';
import {
  boundsOf,
  dayLine,
  districtFolder,
  LONGEST_RUN_MS,
  needs,
  placesOf,
  recording,
  reference,
  replay,
} from './days.js';

// Two vehicles in arrival order, most fixes sent several times, some of them minutes late.

const FILE = 'yunnan_border_fleet_arrival_order.ndjson';
const DISTRICT = districtFolder('yunnan');
const COLUMNS = 'vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed=speed:kmh,course=az,ignition=acc,receive=recv';

t.setTimeout(LONGEST_RUN_MS);

t.test(
  ...needs(FILE, 'the Yunnan day makes the same visits in arrival order and in event order [order]'),
  async (t) => {
    const inOrder = (order: string) =>
      replay(recording(FILE), DISTRICT, '--columns', COLUMNS, '--step', '10s', '--order', order);
    const [arrival, event, expected] = await Promise.all([
      inOrder('file'),
      inOrder('event-time'),
      reference(recording(FILE), DISTRICT),
    ]);
    t.match(expected.counts, { fixes: 3_561, duplicates: 2_173, admitted: 1_388, outliers: 0 });
    t.ok(expected.visits.length >= 20 && placesOf(expected.visits).size >= 5, `${expected.visits.length} visits`);
    for (const day of [arrival, event]) {
      t.comment(dayLine(day));
      t.match(day.summary, {
        fixes: { sent: 3_561, acknowledged: 3_561, admitted: 1_388, duplicate: 2_173, flagged: 0, refused: 0 },
        neglects: 0,
      });
      t.same(boundsOf(day.visits), boundsOf(expected.visits));
      for (const rule of ['checkpoint-gap', 'route-gap', 'zone-gap']) t.ok(day.summary.alerts.raised[rule], rule);
    }
    t.same(standing(arrival), standing(event), 'and the same verdicts');
    t.ok(
      arrival.alerts.some(({ cause }) => cause === 'late-data'),
      'late fixes corrected some',
    );
  },
);
