import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { placesGeoJson } from '../../src/district/places-geojson.js';
import { schemas } from '../../src/district/schemas.js';
import { toGcj02 } from '../../src/geo/datum.js';
import { distanceM } from '../../src/geo/ruler.js';
import type { PlanPlace } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, edited, type FileName, fixture, type Json, loadTexts, SHARED_DATA, textsOf } from './district-folder.js';

const shanghai = (text: string) => Date.parse(`${text}+08:00`);
const OPTIONS = { version: 1, inForceFromMs: 0, expandFromMs: shanghai('2026-11-23T00:00'), expandDays: 7 };
function positionsOf(flat: readonly number[]): PositionE7[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => ({ lngE7: flat[i * 2] ?? 0, latE7: flat[i * 2 + 1] ?? 0 }));
}
function verticesOf({ shape }: PlanPlace): PositionE7[] {
  if (shape.type === 'circle') return [shape.center];
  return (shape.type === 'polygon' ? shape.rings : shape.lines).flatMap(positionsOf);
}

t.test('places go out as GeoJSON and come in again as they were', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  // An island in the lake, a second part and a part inside a hole: what nesting has to find out again.
  const square = (lng: number, lat: number, half: number) => [
    [lng - half, lat - half],
    [lng + half, lat - half],
    [lng + half, lat + half],
    [lng - half, lat + half],
    [lng - half, lat - half],
  ];
  const parts = [
    [square(116.2, 24.3, 0.01), square(116.2, 24.3, 0.008), square(116.191, 24.291, 0.0005)],
    [square(116.2, 24.3, 0.006), square(116.2, 24.3, 0.004)],
    [square(116.23, 24.3, 0.01)],
  ];
  const extra = {
    type: 'Feature',
    properties: { id: 'islands', kind: 'zone', nameZh: '岛', nameEn: 'Islands' },
    geometry: { type: 'MultiPolygon', coordinates: parts },
  };
  const river = {
    type: 'Feature',
    properties: { id: 'banks', kind: 'route', nameZh: '岸', nameEn: 'Banks', corridorM: 25.5 },
    geometry: {
      type: 'MultiLineString',
      coordinates: [
        [
          [116.1, 24.3],
          [116.11, 24.3],
        ],
        [
          [116.1, 24.31],
          [116.11, 24.31],
        ],
      ],
    },
  };
  const before = await loadTexts(
    edited(texts, [
      ['places.geojson', '/features/-', extra],
      ['places.geojson', '/features/-', river],
    ]),
  );
  if (before.source === null) return t.fail(JSON.stringify(before.faults));
  const out = placesGeoJson(before.source);
  const islands = out.features.find((feature) => feature.properties.id === 'islands')?.geometry;
  t.same(islands?.type === 'MultiPolygon' && islands.coordinates.map((part) => part.length), [3, 2, 1]);
  const after = await loadTexts(new Map([...texts, ['places.geojson' as const, JSON.stringify(out)]]));
  if (after.source === null) return t.fail(JSON.stringify(after.faults));
  // Where a ring starts and which way it runs is the writer's choice (RFC 7946): compare what is inside.
  const shapeless = (places: readonly PlanPlace[]) =>
    places.map(({ shape, ...rest }) => ({ ...rest, type: shape.type }));
  t.same(shapeless(after.source.places), shapeless(before.source.places));
  for (const [index, place] of before.source.places.entries()) {
    const again = after.source.places[index];
    if (again === undefined) continue;
    if (place.shape.type === 'polygon' && again.shape.type === 'polygon') {
      const ringSet = (rings: readonly (readonly number[])[]) =>
        rings
          .map((ring) =>
            positionsOf(ring)
              .map((p) => `${p.lngE7},${p.latE7}`)
              .toSorted()
              .join(' '),
          )
          .toSorted();
      t.same(ringSet(again.shape.rings), ringSet(place.shape.rings), place.id);
    } else t.same(again.shape, place.shape, place.id);
  }
  t.same(placesGeoJson(after.source), out, 'and out again: the same');
});

t.test('a file in GCJ-02 gives the places that it means', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const shifted = (node: Json): Json => {
    if (!Array.isArray(node)) return node;
    const [lng, lat] = node;
    return typeof lng === 'number' && typeof lat === 'number' ? [...toGcj02([lng, lat])] : node.map(shifted);
  };
  const features = (at(texts, 'places.geojson', '/features') as { geometry: { coordinates: Json } }[]).map(
    (feature) => ({
      ...feature,
      geometry: { ...feature.geometry, coordinates: shifted(feature.geometry.coordinates) },
    }),
  );
  const load = async (datum: string) =>
    (
      await loadTexts(
        edited(texts, [
          ['places.geojson', '/datum', datum],
          ['places.geojson', '/features', features],
        ]),
      )
    ).source;
  const plain = await loadDistrict(fixture('meixian'));
  const [converted, taken] = [await load('GCJ02'), await load('CGCS2000')];
  const ruler = compilePlan(plain, OPTIONS).ruler;
  const offsets = (places: readonly PlanPlace[] | undefined) =>
    (places ?? [])
      .flatMap(verticesOf)
      .map((vertex, index) => distanceM(ruler, vertex, plain.places.flatMap(verticesOf)[index] ?? vertex));
  t.ok(Math.max(...offsets(converted?.places)) < 0.03, 'back to a unit or two of 1e-7 degree');
  t.ok(Math.min(...offsets(taken?.places)) > 300, 'taken for CGCS2000 it would be hundreds of metres off');
});

t.test('the schemas are JSON Schema', async (t) => {
  const published = JSON.parse(JSON.stringify(schemas));
  t.same(Object.keys(published), ['district', 'places', 'units', 'plan', 'roads', 'order', 'roster']);
  t.equal(published.units.properties.units.items.properties.expectedIntervalS.default, 10);
  t.equal(published.units.additionalProperties, false);
  t.same(published.places.properties.datum.enum, ['WGS84', 'CGCS2000', 'GCJ02']);
  const gap = published.plan.properties.rules.items.anyOf.find(
    (rule: { properties: { kind: { const: string } } }) => rule.properties.kind.const === 'zone-gap',
  );
  t.same(
    [gap.properties.thresholdS.default, gap.properties.graceS.default, gap.properties.minPresenceS.default],
    [1_800, 120, 60],
  );
});

t.test('GeoJSON of all sorts', { skip: existsSync(SHARED_DATA) ? false : 'the files are not at hand' }, async (t) => {
  const texts = await textsOf(fixture('example'));
  const silenceOnly = edited(texts, [['plan.json', '/rules', [{ id: 'silence', kind: 'tracker-silence' }]]]);
  const folder = join(SHARED_DATA, 'geometry/check-geojson-fixtures');
  const list = (kind: 'bad' | 'good') =>
    readdirSync(join(folder, kind))
      .filter((name) => name.endsWith('.geojson'))
      .sort();
  t.same([list('bad').length, list('good').length], [42, 17]);
  for (const kind of ['bad', 'good'] as const) {
    for (const name of list(kind)) {
      const text = readFileSync(join(folder, kind, name), 'utf8');
      const { faults } = await loadTexts(new Map([...silenceOnly, ['places.geojson' as const, text]]));
      t.ok(
        faults?.every((fault) => fault.file === 'places.geojson'),
        `${kind}/${name} as it is: none says its datum, or what its places are`,
      );
      const { loaded, refused } = await loadGeometries(text, silenceOnly);
      const unwanted = refused.filter((reason) => !/unknown property|within 2 degrees/.test(reason));
      if (kind === 'good')
        t.same(unwanted, [], `good/${name}: ${loaded} geometries load, ${refused.length} are foreign or too large`);
      else t.comment(`bad/${name}: ${loaded} geometries do no harm, ${refused.length} are refused`);
    }
  }
});

/** Each geometry in a text as the one place of a district: the kinds of places know lines, areas and points. */
async function loadGeometries(
  text: string,
  texts: ReadonlyMap<FileName, string>,
): Promise<{ loaded: number; refused: string[] }> {
  let root: Json;
  try {
    root = JSON.parse(text);
  } catch {
    return { loaded: 0, refused: ['not JSON'] };
  }
  const result = { loaded: 0, refused: [] as string[] };
  const tryPlace = async (geometry: Json, type: string) => {
    const kind = type.endsWith('LineString') ? 'route' : type.endsWith('Polygon') ? 'zone' : 'checkpoint';
    const feature = { type: 'Feature', properties: { id: 'x', kind, nameZh: 'x', nameEn: 'x' }, geometry };
    const { faults } = await loadTexts(edited(texts, [['places.geojson', '/features', [feature]]]));
    if (faults === null) result.loaded += 1;
    else result.refused.push(...faults.map((fault) => `${fault.path}: ${fault.reason}`));
  };
  const walk = async (node: Json): Promise<void> => {
    if (typeof node !== 'object' || node === null) return;
    if (
      !Array.isArray(node) &&
      typeof node.type === 'string' &&
      /^(Point|(Multi)?LineString|(Multi)?Polygon)$/.test(node.type)
    ) {
      await tryPlace(node, node.type);
    }
    for (const child of Object.values(node)) await walk(child);
  };
  await walk(root);
  return result;
}

t.test(
  'published boundaries: eight districts as zones',
  { skip: existsSync(SHARED_DATA) ? false : 'the boundaries are not at hand' },
  async (t) => {
    const texts = await textsOf(fixture('example'));
    for (const [file, datum] of [
      ['wgs84', 'WGS84'],
      ['gcj02', 'GCJ02'],
    ] as const) {
      const published = JSON.parse(
        readFileSync(join(SHARED_DATA, `zones/meizhou_8_districts_${file}.geojson`), 'utf8'),
      );
      const features = published.features.map(
        ({ geometry }: { geometry: { type: string; coordinates: Json } }, index: number) => ({
          type: 'Feature',
          properties: { id: `district-${index}`, kind: 'zone', nameZh: '区', nameEn: 'District' },
          geometry: { type: geometry.type, coordinates: geometry.coordinates },
        }),
      );
      const { source, faults } = await loadTexts(
        edited(texts, [
          ['places.geojson', '/datum', datum],
          ['places.geojson', '/features', features],
          ['plan.json', '/rules', [{ id: 'zones', kind: 'zone-gap' }]],
        ]),
      );
      t.same(faults?.slice(0, 3), undefined, datum);
      const { zeroLengthEdges = 0, spikes = 0 } = source?.dropped ?? {};
      t.ok(
        zeroLengthEdges >= 938 && spikes > 0,
        `${datum}: dropped ${zeroLengthEdges} edges without length and ${spikes} spikes`,
      );
    }
  },
);
