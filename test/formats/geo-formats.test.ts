import { Ajv } from 'ajv';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Feature, FeatureCollection } from 'geojson';
import t from 'tap';
import { writeRowsGeoJson, writeTraceGeoJson } from '../../src/formats/geojson.js';
import { writeGpx } from '../../src/formats/gpx.js';
import { writeMfJson } from '../../src/formats/mf-json.js';
import { MAX_STRETCH_FIXES, stretchesOf } from '../../src/formats/stretches.js';
import type { TraceFix, TraceRow } from '../../src/model/trace.js';
import { MF_JSON_SCHEMA } from './mf-json-schema.js';
import { custody, sampleTrace, traceFix } from './sample-trace.js';
import { START_MS, textOf } from './support.js';

const iso = (s: number): string => new Date(START_MS + s * 1_000).toISOString();
const at = (s: number): readonly number[] => [116.05 + s / 1e5, 24.27 - s / 2e5];
const HEAD = { name: 'a & b', description: 'by <x>', madeAtMs: START_MS };
const validMfJson = new Ajv({ strict: false }).compile(MF_JSON_SCHEMA);

interface Prism {
  readonly datetimes: readonly string[];
  readonly coordinates: readonly unknown[];
  readonly interpolation: string;
}
interface MovingFeatures {
  readonly features: readonly {
    readonly id: string;
    readonly temporalGeometry: { readonly prisms: readonly Prism[] };
    readonly properties: object;
  }[];
}

/** `count` fixes a second apart, of one unit, without a hole. */
function* longTrace(count: number): Generator<TraceFix> {
  for (let s = 0; s < count; s += 1) yield traceFix({ eventTimeMs: START_MS + s * 1_000, lng: 116 + s / 1e6 });
}

async function moving(rows: Iterable<TraceRow>): Promise<MovingFeatures> {
  const features = JSON.parse(await textOf(writeMfJson(rows, { beatwatch: custody() }))) as MovingFeatures;
  for (const { temporalGeometry } of features.features)
    for (const { datetimes, coordinates } of temporalGeometry.prisms) {
      t.equal(datetimes.length, coordinates.length, 'requirement 2.7');
      t.strictSame(datetimes.toSorted(), datetimes, 'requirement 2.6: instants rise');
    }
  return features;
}

t.test('GeoJSON shows a stretch as a line, a lone fix as a point, and no line over a hole', async (t) => {
  const { features } = JSON.parse(await textOf(writeTraceGeoJson(sampleTrace()))) as FeatureCollection;
  const shown = features.map(({ geometry, properties }) => [properties?.type, properties?.unit, geometry]);
  t.strictSame(shown, [
    ['hole', 'car-1', { type: 'MultiPoint', coordinates: [at(10)] }],
    ['stretch', 'car-1', { type: 'LineString', coordinates: [at(10), at(20), at(30)] }],
    ['hole', 'car-1', { type: 'MultiPoint', coordinates: [at(30), at(400)] }],
    ['stretch', 'car-1', { type: 'Point', coordinates: at(400) }],
    ['hole', 'car-1', { type: 'MultiPoint', coordinates: [at(400), at(900)] }],
    ['stretch', 'car-1', { type: 'LineString', coordinates: [at(900), at(905)] }],
    ['hole', 'car-1', { type: 'MultiPoint', coordinates: [at(905)] }],
    ['stretch', 'moto "2" <&>', { type: 'LineString', coordinates: [at(100), at(110)] }],
    ['hole', 'silent', null],
  ]);
  t.strictSame(features[1]?.properties, {
    type: 'stretch',
    unit: 'car-1',
    trackers: ['bd-1'],
    from: iso(10),
    to: iso(30),
    leftOut: 2,
    times: [iso(10), iso(20), iso(30)],
  });
  t.strictSame(features[2]?.properties, { type: 'hole', unit: 'car-1', from: iso(30), to: iso(400) });
});

t.test('GeoJSON without rows is an empty collection, and says where it comes from', async (t) => {
  const empty = JSON.parse(await textOf(writeTraceGeoJson([], { beatwatch: custody() }))) as object;
  t.strictSame(empty, { type: 'FeatureCollection', beatwatch: custody(), features: [] });
});

t.test('rows of other kinds are features with their fields', async (t) => {
  const row = {
    type: 'presence',
    unit: '🚓 "1"',
    certainty: 'possible',
    cause: 'hole',
    fromMs: 1,
    toMs: 2,
    fixes: 0,
    hole: null,
  } as const;
  const square = { type: 'Point', coordinates: [116, 24] };
  const text = await textOf(writeRowsGeoJson([row, { ...row, unit: '' }], ({ unit }) => (unit === '' ? null : square)));
  t.strictSame((JSON.parse(text) as { features: Feature[] }).features, [
    { type: 'Feature', geometry: square, properties: row },
    { type: 'Feature', geometry: null, properties: { ...row, unit: '' } },
  ]);
});

t.test('GPX has a track a unit and a segment a stretch, as GPX 1.1 orders its elements', async (t) => {
  const text = await textOf(writeGpx(sampleTrace(), HEAD));
  t.equal(XMLValidator.validate(text), true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    isArray: (name) => ['trk', 'trkseg', 'trkpt'].includes(name),
  });
  const { gpx } = parser.parse(text) as { readonly gpx: Readonly<Record<string, unknown>> };
  t.match(gpx, {
    '@_version': '1.1',
    '@_xmlns': 'http://www.topografix.com/GPX/1/1',
    metadata: { name: 'a & b', desc: 'by <x>', time: iso(0) },
  });
  const tracks = gpx.trk as readonly {
    readonly name: string;
    readonly trkseg: readonly { readonly trkpt?: readonly object[] }[];
  }[];
  t.strictSame(
    tracks.map(({ name, trkseg }) => [name, trkseg.map(({ trkpt = [] }) => trkpt.length)]),
    [
      ['car-1', [0, 3, 0, 1, 0, 2, 0]],
      ['moto "2" <&>', [2]],
      ['silent', [0]],
    ],
  );
  t.match(text, `<trkseg><extensions><bw:hole from="${iso(30)}" to="${iso(400)}"/></extensions></trkseg>`);
  t.match(
    text,
    `<trkpt lat="${at(10)[1]}" lon="${at(10)[0]}"><ele>80.5</ele><time>${iso(10)}</time><sat>9</sat><hdop>0.8</hdop><extensions>` +
      '<bw:tracker>bd-1</bw:tracker><bw:speed>12.5</bw:speed><bw:course>90</bw:course><bw:accuracy>15</bw:accuracy></extensions></trkpt>',
  );
  t.equal(XMLValidator.validate(await textOf(writeGpx([], HEAD))), true);
});

/** GPX 1.1: the children of an element in the order of the schema, as far as they are written here. */
const GPX_CHILDREN: Readonly<Record<string, readonly string[]>> = {
  gpx: ['metadata', 'wpt', 'rte', 'trk', 'extensions'],
  metadata: ['name', 'desc', 'author', 'copyright', 'link', 'time', 'keywords', 'bounds', 'extensions'],
  trk: ['name', 'cmt', 'desc', 'src', 'link', 'number', 'type', 'extensions', 'trkseg'],
  trkseg: ['trkpt', 'extensions'],
  trkpt: [
    ...['ele', 'time', 'magvar', 'geoidheight', 'name', 'cmt', 'desc', 'src', 'link', 'sym', 'type', 'fix', 'sat'],
    ...['hdop', 'vdop', 'pdop', 'ageofdgpsdata', 'dgpsid', 'extensions'],
  ],
};

t.test('every element of a GPX stands where the schema has it', async (t) => {
  const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: true });
  type Node = Readonly<Record<string, readonly Node[]>>;
  let elements = 0;
  const check = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const [name = ''] = Object.keys(node);
      const expected = GPX_CHILDREN[name];
      if (expected === undefined) continue;
      const children = node[name] ?? [];
      const places = children.map((child) => expected.indexOf(Object.keys(child)[0] ?? ''));
      t.notOk(places.includes(-1), `${name} has no other elements`);
      t.strictSame(
        places,
        places.toSorted((a, b) => a - b),
        `order in ${name}`,
      );
      elements += 1;
      check(children);
    }
  };
  check(parser.parse(await textOf(writeGpx(sampleTrace(), HEAD))) as readonly Node[]);
  t.equal(elements, 1 + 1 + 3 + 9 + 8, 'gpx, metadata, tracks, segments and points');
});

t.test('MF-JSON is valid by the published schema, and moves nobody through a hole', async (t) => {
  const { features } = await moving(sampleTrace());
  t.ok(validMfJson(JSON.parse(await textOf(writeMfJson(sampleTrace())))), JSON.stringify(validMfJson.errors));
  const [car, moto, silent] = features;
  t.strictSame(
    car?.temporalGeometry.prisms.map(({ datetimes, interpolation }) => [interpolation, datetimes]),
    [
      ['Linear', [iso(10), iso(20), iso(30)]],
      ['Linear', [iso(900), iso(905)]],
      ['Discrete', [iso(400), iso(905)]],
    ],
  );
  t.strictSame(car?.temporalGeometry.prisms[0]?.coordinates, [at(10), at(20), at(30)]);
  t.match(car?.properties, { unit: 'car-1', leftOut: 2, holes: [{ from: iso(0), to: iso(10) }, {}, {}, {}] });
  t.equal(moto?.id, 'moto "2" <&>');
  t.match(silent, { temporalGeometry: { prisms: [] }, properties: { holes: [{ from: iso(200), to: iso(1_000) }] } });
});

t.test('MF-JSON keeps lone fixes together, and a unit with one fix at all has a piece of one instant', async (t) => {
  const lone = [10, 400, 900].map((s) => traceFix({ eventTimeMs: START_MS + s * 1_000 }));
  const between = (i: number): TraceRow => ({ type: 'hole', unit: 'car-1', fromMs: i, toMs: i + 1 });
  const three = await moving(lone.flatMap((fix, i) => [fix, between(i)]));
  t.match(three.features, [
    { temporalGeometry: { prisms: [{ datetimes: [iso(10), iso(400), iso(900)], interpolation: 'Discrete' }] } },
  ]);
  const one = await moving(lone.slice(0, 1));
  t.match(one.features, [{ temporalGeometry: { prisms: [{ datetimes: [iso(10)], interpolation: 'Discrete' }] } }]);
  t.strictSame((await moving([])).features, []);
});

t.test('a stretch that is too long comes in pieces that join', async (t) => {
  const pieces: TraceFix[][] = [];
  for await (const item of stretchesOf(longTrace(2 * MAX_STRETCH_FIXES))) {
    if (item.type === 'stretch') pieces.push([...item.fixes]);
  }
  t.strictSame(
    pieces.map(({ length }) => length),
    [MAX_STRETCH_FIXES, MAX_STRETCH_FIXES, 2],
  );
  t.strictSame(pieces[1]?.[0], pieces[0]?.at(-1));
  t.strictSame(
    [...(pieces[0] ?? []), ...pieces.slice(1).flatMap((piece) => piece.slice(1))],
    [...longTrace(2 * MAX_STRETCH_FIXES)],
  );
  const whole: TraceFix[][] = [];
  for await (const item of stretchesOf(longTrace(MAX_STRETCH_FIXES)))
    if (item.type === 'stretch') whole.push([...item.fixes]);
  t.equal(whole.length, 1, 'at the limit it is one');
});

t.test('of two fixes of one instant the surer one is in the line', async (t) => {
  const rows = [15, 4, 40].map((sigmaM, i) =>
    traceFix({ eventTimeMs: START_MS, sigmaM, lng: 116 + i, conflict: true }),
  );
  const found: object[] = [];
  for await (const item of stretchesOf(rows)) found.push(item);
  t.match(found, [{ fixes: [{ sigmaM: 4, lng: 117 }], leftOut: 2 }]);
});
