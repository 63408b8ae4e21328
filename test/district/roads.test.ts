import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readDistrict } from '../../src/app/read-district.js';
import { DistrictError } from '../../src/district/faults.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { loadRoads } from '../../src/district/load-roads.js';
import { MAX_ROAD_POSITIONS, type ParsedRoads } from '../../src/district/parse-roads.js';
import { MAX_DISTRICT_FILE_BYTES } from '../../src/district/read-files.js';
import { ROAD_COUNT } from '../../src/district/road-schemas.js';
import { toGcj02 } from '../../src/geo/datum.js';
import { beatwatch } from '../documents/project.js';
import { fixture, type Json, textsOf, withFolder } from './district-folder.js';

const LINE = [
  [116.05, 24.26],
  [116.06, 24.27],
];
const road = (properties: Json, coordinates: Json = LINE, type = 'LineString'): { [name: string]: Json } => ({
  type: 'Feature',
  properties,
  geometry: { type, coordinates },
});
const roadsOf = (features: Json[], others: { [name: string]: Json } = {}): string =>
  JSON.stringify({ type: 'FeatureCollection', datum: 'WGS84', ...others, features });

/** The example with these roads. */
async function withRoads<T>(roads: string | Uint8Array, use: (folder: string) => Promise<T>): Promise<T> {
  const texts: Parameters<typeof withFolder>[0] = await textsOf(fixture('example'));
  return withFolder(new Map([...texts, ['roads.geojson', roads]]), use);
}

async function loaded(folder: string): Promise<ParsedRoads> {
  const { area } = await loadDistrict(folder);
  const roads = await loadRoads(folder, area);
  if (roads === null) throw new Error('got no roads, expected those of the folder');
  return roads;
}

/** `path: reason` of each fault. */
async function faultsOf(t: Test, roads: string | Uint8Array): Promise<readonly string[]> {
  const error: unknown = await withRoads(roads, loaded).catch((failed: unknown) => failed);
  if (!(error instanceof DistrictError)) {
    t.fail('the roads have no fault');
    return [];
  }
  t.ok(error.faults.every(({ file }) => file === 'roads.geojson'));
  return error.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

t.test('roads are what a map draws of them: a class, a name in each language, lines', async (t) => {
  const roads = roadsOf([
    road({ highway: 'primary', nameZh: '府前大道', nameEn: 'Fuqian Avenue' }),
    road({ highway: 'motorway_link', name: '环城' }),
    road({ highway: 'residential', 'name:zh': '一路', 'name:en': '1st Road', name: '一路' }),
    road({ highway: 'raceway' }, [LINE, LINE], 'MultiLineString'),
  ]);
  const { features, ignored } = await withRoads(roads, loaded);
  t.strictSame(
    features.map(({ properties }) => properties),
    [
      { class: 'main', nameZh: '府前大道', nameEn: 'Fuqian Avenue' },
      { class: 'trunk', nameZh: '环城', nameEn: '环城' },
      { class: 'street', nameZh: '一路', nameEn: '1st Road' },
      { class: 'path' },
    ],
  );
  t.strictSame(features[0]?.geometry, { type: 'LineString', coordinates: LINE });
  t.strictSame(features[3]?.geometry, { type: 'MultiLineString', coordinates: [LINE, LINE] });
  t.strictSame(ignored, []);
});

t.test(
  'roads as tools export them: what says nothing here is ignored, and told; roads that are not there are left out',
  async (t) => {
    const exported = roadsOf(
      [
        { ...road({ '@id': 'way/1', highway: 'primary', surface: 'asphalt', lanes: '4', ref: null }), id: 'way/1' },
        road({ highway: 'proposed' }),
        road({ highway: 'construction' }),
        road({ highway: 'construction' }),
      ],
      { generator: 'overpass-turbo' },
    );
    const { features, ignored } = await withRoads(exported, loaded);
    t.equal(features.length, 1);
    const said = ignored.map(({ name, count }) => `${name} ${count}`);
    t.strictSame(said.sort(), [
      '@id 1',
      'generator 1',
      'highway=construction 2',
      'highway=proposed 1',
      'id 1',
      'lanes 1',
      'surface 1',
    ]);
  },
);

t.test('roads in GCJ-02 are moved to where they are', async (t) => {
  const shifted = LINE.map(([lng = 0, lat = 0]) => toGcj02([lng, lat]));
  const { features } = await withRoads(roadsOf([road({ highway: 'primary' }, shifted)], { datum: 'GCJ02' }), loaded);
  const line = (features[0]?.geometry.coordinates ?? []) as readonly (readonly [number, number])[];
  t.strictSame(
    line.map((position) => position.map((degrees) => degrees.toFixed(5))),
    LINE.map((position) => position.map((degrees) => degrees.toFixed(5))),
  );
});

t.test('all faults of roads are told at once, each with its path and its reason', async (t) => {
  const wrong = roadsOf(
    [
      road({ highway: 'Primary' }),
      road({ nameZh: '无' }),
      road({ highway: 'primary', nameEn: 7 }),
      road({ highway: 'primary' }, [24.27, 116.06], 'Point'),
      road({ highway: 'primary' }, [LINE[0] ?? []]),
      road({ highway: 'primary' }, [
        [24.26, 116.05],
        [116.05, 24.26],
      ]),
      road({ highway: 'primary' }, [...LINE, [120, 24]]),
      7,
    ],
    { datums: 'WGS84' },
  );
  t.match(await faultsOf(t, wrong), [
    /^\/datums: got an unknown property "datums".*did you mean "datum"/,
    /^\/features\/0\/properties\/highway: got "Primary", expected a class of road as OpenStreetMap has it/,
    /^\/features\/1\/properties\/highway: is missing/,
    /^\/features\/2\/properties\/nameEn: got 7, expected text of 1 to 100/,
    /^\/features\/3\/geometry\/type: got "Point", expected "LineString" or "MultiLineString" for a road/,
    /^\/features\/4\/geometry\/coordinates: got a list of 1, expected/,
    /^\/features\/5\/geometry\/coordinates\/0: got \[24.26,116.05\], expected \[lng, lat\] within 180 and 90.*are they \[lat, lng\]/,
    /^\/features\/6\/geometry\/coordinates: got a position at \[120,24\], expected all within 2 degrees of the area \[115\./,
    /^\/features\/7\/geometry\/type: is missing, expected "LineString"/,
  ]);
  t.match(await faultsOf(t, roadsOf([], { datum: 'BD09' })), [/^\/datum: got "BD09", expected/]);
  t.match(await faultsOf(t, '{"type":"FeatureCollection","type":"FeatureCollection"}'), [
    /line 1, column \d+: got the name "type" a second time/,
  ]);
  t.match(await faultsOf(t, roadsOf([road({ highway: 'primary', nameZh: 'a\u202Eb' })])), [
    /^\/features\/0\/properties\/nameZh: got U\+202E, a direction control/,
  ]);
  t.match(await faultsOf(t, new Uint8Array([0x7b, 0xff])), [/not UTF-8 in line 1/]);
});

t.test('roads of another district are a fault', async (t) => {
  const elsewhere = LINE.map(([lng = 0, lat = 0]) => [lng + 1, lat]);
  t.match(await faultsOf(t, roadsOf([road({ highway: 'primary' }, elsewhere)])), [
    /^\/features: got 1 roads outside the district's area \[115\..*expected some inside/,
  ]);
  const both = roadsOf([road({ highway: 'primary' }, elsewhere), road({ highway: 'primary' })]);
  t.equal((await withRoads(both, loaded)).features.length, 2, 'some go on beyond it');
});

t.test('roads have caps, at which they are taken, and one past which they are not', async (t) => {
  const { maxItems } = ROAD_COUNT;
  const many = (count: number) => roadsOf(Array.from({ length: count }, () => road({ highway: 'path' })));
  t.equal((await withRoads(many(maxItems), loaded)).features.length, maxItems);
  t.match(await faultsOf(t, many(maxItems + 1)), [/^\/features: got a list of 20001, expected/]);
  const long = (count: number) => {
    const line = Array.from({ length: count }, (_, i) => [116.05 + i * 1e-7, 24.26]);
    return roadsOf([road({ highway: 'path' }, line.slice(0, 9)), road({ highway: 'path' }, line.slice(9))]);
  };
  t.equal((await withRoads(long(MAX_ROAD_POSITIONS), loaded)).features.length, 2);
  t.match(await faultsOf(t, long(MAX_ROAD_POSITIONS + 1)), [
    /^\/features: got 200001 positions, expected at most 200000 in all/,
  ]);
  t.match(await faultsOf(t, new Uint8Array(MAX_DISTRICT_FILE_BYTES + 1).fill(0x20)), [
    /got 16777217 bytes, expected at most 16777216/,
  ]);
});

t.test('no verdict depends on roads: the plan is the same with, without and with wrong ones', async (t) => {
  const plain = await loadDistrict(fixture('example'));
  t.equal(await loadRoads(fixture('example'), plain.area), null);
  for (const roads of [roadsOf([road({ highway: 'primary' })]), 'not JSON']) {
    await withRoads(roads, async (folder) => {
      t.strictSame(await loadDistrict(folder), plain);
      const read = await readDistrict(folder, Date.now());
      t.equal(read.refused, null);
      if (roads === 'not JSON') t.ok(read.roads instanceof DistrictError);
      else t.match(read.roads, { features: { length: 1 } });
    });
  }
  await withRoads(roadsOf([road({ highway: 'primary' })]), async (folder) => {
    await writeFile(join(folder, 'plan.json'), '{');
    const read = await readDistrict(folder, Date.now());
    t.ok(read.refused instanceof DistrictError);
    t.match(read.roads, { features: { length: 1 } }, 'a map is drawn on them, whatever is wrong with the plan');
  });
});

t.test('`beatwatch district check` says what is wrong with roads beside what is wrong with the plan', async (t) => {
  const right = await withRoads(roadsOf([road({ highway: 'primary', surface: 'asphalt' })]), async (folder) =>
    beatwatch(['district', 'check', folder]),
  );
  t.equal(right.status, 0);
  t.match(right.stdout, '{"type":"ignored","file":"roads.geojson","name":"surface","count":1}');
  t.match(right.stdout, '"rules":3,"roads":1}');
  const wrong = await withRoads(roadsOf([road({ highway: 7 })]), async (folder) => {
    await writeFile(join(folder, 'units.json'), '{');
    return beatwatch(['district', 'check', folder]);
  });
  t.equal(wrong.status, 1);
  const files = wrong.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { file: string }).file);
  t.strictSame(files, ['units.json', 'roads.geojson']);
});
