import t from 'tap';
import { beatwatch } from '../documents/project.js';
import { at, edited, fixture, type Json, loadTexts, textsOf, withFolder } from './district-folder.js';

const CRS84: Json = { type: 'name', properties: { name: 'urn:ogc:def:crs:OGC:1.3:CRS84' } };

t.test('places as geojson.io and QGIS write them give the same places, and what says nothing is listed', async (t) => {
  const texts = await textsOf(fixture('example'));
  const plain = await loadTexts(texts);
  const centre = at(texts, 'places.geojson', '/features/0/properties') as { [name: string]: Json };
  const { nameZh = '', nameEn = '', ...rest } = centre;
  const geojsonIo = edited(texts, [
    ['places.geojson', '/features/0/id', 0],
    ['places.geojson', '/features/1/id', 1],
    ['places.geojson', '/features/0/properties/stroke', '#555555'],
    ['places.geojson', '/features/1/properties/marker-color', '#7e7e7e'],
    ['places.geojson', '/features/1/properties/marker-size', 'medium'],
  ]);
  const qgis = edited(texts, [
    ['places.geojson', '/name', 'places'],
    ['places.geojson', '/crs', CRS84],
    ['places.geojson', '/xy_coordinate_resolution', 1e-7],
    ['places.geojson', '/features/0/properties', { ...centre, fid: 1, radiusM: null, corridorM: null, tier: null }],
    ['places.geojson', '/features/1/properties/corridorM', null],
    ['places.geojson', '/features/1/properties/fid', 2],
  ]);
  const nested = edited(texts, [
    ['places.geojson', '/features/0/properties', { ...rest, name: { zh: nameZh, en: nameEn } }],
  ]);
  const tagged = edited(texts, [
    ['places.geojson', '/features/0/properties', { ...rest, name: nameZh, 'name:zh': nameZh, 'name:en': nameEn }],
  ]);
  const ignored: readonly (readonly [what: string, files: typeof texts, names: readonly string[]])[] = [
    ['geojson.io', geojsonIo, ['id 2', 'stroke 1', 'marker-color 1', 'marker-size 1']],
    ['QGIS', qgis, ['crs 1', 'xy_coordinate_resolution 1', 'fid 2']],
    ['nested names', nested, []],
    ['tags of OpenStreetMap', tagged, ['name 1']],
  ];
  for (const [what, files, names] of ignored) {
    const { source, faults } = await loadTexts(files);
    t.strictSame(faults, null, what);
    t.strictSame(source?.places, plain.source?.places, what);
    t.strictSame(
      source?.ignored.map(({ name, count }) => `${name} ${count}`),
      names,
      what,
    );
  }
  const told = await withFolder(geojsonIo, async (folder) => beatwatch(['district', 'check', folder]));
  t.equal(told.status, 0);
  t.match(told.stdout, '{"type":"ignored","file":"places.geojson","name":"marker-color","count":1}');
});

t.test('what looks like a slip, another projection and a text for an id are faults all the same', async (t) => {
  const texts = await textsOf(fixture('example'));
  const cases: readonly (readonly [path: string, value: Json, reason: RegExp])[] = [
    ['/features/1/properties/raduisM', 90, /unknown property "raduisM".*did you mean "radiusM"/],
    ['/features/0/properties/radiusM', 100, /unknown property "radiusM"/],
    ['/crs', { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::3857' } }, /EPSG::3857.*expected WGS-84/],
    ['/crs', 'EPSG:4326', /expected WGS-84 or none/],
    ['/features/0/id', 'other', /expected no id here, or that of properties/],
    ['/datums', 'WGS84', /did you mean "datum"/],
  ];
  for (const [path, value, reason] of cases) {
    const { faults } = await loadTexts(edited(texts, [['places.geojson', path, value]]));
    t.match(
      faults?.map((fault) => fault.reason),
      [reason],
      path,
    );
  }
});
