import t from 'tap';
import { MAX_RING_FAULTS } from '../../src/geo/ring-faults.js';
import { zoneFaults } from '../../src/geo/zone-faults.js';
import { type Edit, edited, type FileName, fixture, type Json, loadTexts, textsOf } from './district-folder.js';

// Files that keep a server busy, made so or come so: each is refused soon, with the fault.

/** A share of a second's work each on an idle machine; unbounded it was minutes. */
const SOON_CPU_MS = 15_000;

type Ring = [lng: number, lat: number][];

function zone(id: string, ring: Ring): Json {
  const properties = { id, kind: 'zone', nameZh: id, nameEn: id };
  return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [[...ring, ring[0] ?? [0, 0]]] } };
}

async function faultsOf(texts: ReadonlyMap<FileName, string>): Promise<{ path: string; reason: string }[]> {
  const before = process.cpuUsage();
  const { faults } = await loadTexts(texts);
  const { user, system } = process.cpuUsage(before);
  t.ok((user + system) / 1_000 < SOON_CPU_MS, `${Math.round((user + system) / 1_000)} ms of processor time`);
  return (faults ?? []).map(({ path, reason }) => ({ path, reason }));
}

t.test('a million times the same name in an object is told soon', async (t) => {
  const texts = await textsOf(fixture('example'));
  texts.set('district.json', `{${Array.from({ length: 1_000_000 }, () => '"id":"a"').join(',')}}`);
  const faults = await faultsOf(texts);
  t.equal(faults.length, 21);
  t.match(faults[0]?.reason, /line 1, column 11: got the name "id" a second time in one object/);
  t.match(faults.at(-1)?.reason, /got 999979 more names a second time/);
});

t.test('a star of 20,001 vertices, each edge of which crosses thousands, is told soon', async (t) => {
  const count = 20_001;
  const star = Array.from({ length: count }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * ((i * 10_000) % count)) / count;
    return [116.06 + 0.02 * Math.cos(angle), 24.27 + 0.02 * Math.sin(angle)];
  });
  const texts = edited(await textsOf(fixture('example')), [['places.geojson', '/features/-', zone('star', star)]]);
  const reasons = (await faultsOf(texts)).map(({ reason }) => reason);
  t.match(reasons[0], /the ring crosses itself near/);
  t.match(reasons.at(-1), `got ${MAX_RING_FAULTS} such faults, the rest not looked for`);
});

t.test('2,000 zones that all overlap are told soon', async (t) => {
  const zones = Array.from({ length: 2_000 }, (_, i): Edit => {
    const [west, south] = [116 + i * 1e-6, 24.2 + i * 1e-6];
    const ring: Ring = [
      [west, south],
      [west + 0.1, south],
      [west + 0.1, south + 0.1],
      [west, south + 0.1],
    ];
    return ['places.geojson', '/features/-', zone(`z${i}`, ring)];
  });
  const texts = await textsOf(fixture('example'));
  const places = JSON.parse(texts.get('places.geojson') ?? '') as { features: Json[] };
  texts.set(
    'places.geojson',
    JSON.stringify({ ...places, features: [...places.features, ...zones.map(([, , to]) => to ?? null)] }),
  );
  const reasons = (await faultsOf(texts)).map(({ reason }) => reason);
  t.equal(reasons.length, 200, 'and the rest is counted');
  t.match(reasons.at(-1), /overlaps zone z\d+: their boundaries cross near/);
});

t.test('of zones that all overlap 200 pairs are told, and that the rest was not looked for', async (t) => {
  const squares = Array.from({ length: 40 }, (_, i) => {
    const [from, to] = [100 * i, 100 * i + 10_000];
    return [[from, from, to, from, to, to, from, to]];
  });
  const reasons = zoneFaults(squares, (number) => `z${number}`).map(({ reason }) => reason);
  t.equal(reasons.length, 201);
  t.match(reasons[199], /^overlaps zone z\d+: their boundaries cross near/);
  t.match(reasons[200], /^got faults in 200 pairs of zones, the rest not looked for/);
});

t.test('names and notes of a district are visible text; names are kept in normal form C', async (t) => {
  const texts = await textsOf(fixture('example'));
  const cases: readonly (readonly [Edit, string, string])[] = [
    [['district.json', '/nameZh', 'a\u0000b'], '/nameZh', 'U+0000, a control character, at character 2'],
    [
      ['units.json', '/units/0/callsign', '巡\u202E1'],
      '/units/0/callsign',
      'U+202E, a direction control, at character 2',
    ],
    [
      ['units.json', '/groups/0/nameEn', 'x\u200B'],
      '/groups/0/nameEn',
      'U+200B, an invisible character, at character 2',
    ],
    [['district.json', '/note', 'a\u2066'], '/note', 'U+2066, a direction control, at character 2'],
    [['district.json', '/nameEn', 'half \uD83D'], '/nameEn', 'U+D83D, half of a surrogate pair, at character 6'],
  ];
  for (const [edit, path, got] of cases) {
    const [fault] = await faultsOf(edited(texts, [edit]));
    t.match(fault, { path, reason: new RegExp(got.replace('+', '\\+')) });
  }
  const lines: Edit = ['district.json', '/note', 'first\n\tsecond'];
  const { source } = await loadTexts(edited(texts, [lines, ['district.json', '/nameEn', 'Cafe\u0301']]));
  t.equal(source?.name.en, 'Caf\u00e9');
});
