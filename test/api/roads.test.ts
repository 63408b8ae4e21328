import t from 'tap';
import { NO_ROADS, type RoadFeature } from '../../src/model/roads.js';
import { ask } from './clients.js';
import { startRig } from './rig.js';

const PATH = '/v1/districts/meixian/roads';
const AVENUE: RoadFeature = {
  type: 'Feature',
  geometry: {
    type: 'LineString',
    coordinates: [
      [116.05, 24.26],
      [116.06, 24.27],
    ],
  },
  properties: { class: 'main', nameZh: '府前大道' },
};

t.test('roads are answered whole, or with 304 to who has them, until others were read; each is recorded', async (t) => {
  const rig = await startRig(t);
  const district = rig.district();
  const token = await rig.token({ role: 'supervisor' });
  t.strictSame((await ask(rig, PATH, { token })).body, NO_ROADS, 'the folder has none');
  district.plan = null;
  district.roads = { type: 'FeatureCollection', features: [AVENUE] };
  const roads = await ask(rig, PATH, { token });
  t.match(roads.headers.get('content-type'), /^application\/geo\+json/);
  t.equal(roads.headers.get('cache-control'), 'private, no-cache');
  t.strictSame(roads.body, { type: 'FeatureCollection', features: [AVENUE] }, 'before there is a plan, too');
  const known = { token, headers: { 'if-none-match': roads.headers.get('etag') ?? '' } };
  const same = await ask(rig, PATH, known);
  t.strictSame([same.status, same.text], [304, '']);
  district.roads = NO_ROADS;
  t.equal((await ask(rig, PATH, known)).status, 200, 'others were read');
  const records = (await district.reads()).map((read) => read.records);
  t.strictSame(records, [0, 1, 0, 0]);
});
