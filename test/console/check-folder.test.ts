import { Buffer } from 'node:buffer';
import t from 'tap';
import { checkFolder } from '../../src/console/check/check-folder.js';
import { drawnPlaces, MAX_DRAWN_POSITIONS } from '../../src/console/check/fault-places.js';
import { type DroppedEntry, type PickedFile, readDropped, readPicked } from '../../src/console/check/folder-files.js';
import { compileEntryPlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { MAX_DISTRICT_FILE_BYTES } from '../../src/district/read-files.js';
import { T0_MS } from '../api/records.js';
import { at, edited, fixture, type FileName, loadTexts, textsOf } from '../district/district-folder.js';
import { PLACE_CASES } from '../district/place-fault-cases.js';
import { PLAN_CASES } from '../district/plan-fault-cases.js';

const bytes = (texts: ReadonlyMap<FileName, string>) =>
  new Map([...texts].map(([name, text]) => [name, new Uint8Array(Buffer.from(text))]));

function file(name: string, text: string, folder = 'mine'): PickedFile {
  return {
    name,
    size: text.length,
    webkitRelativePath: folder === '' ? '' : `${folder}/${name}`,
    arrayBuffer: async () => new Uint8Array(Buffer.from(text)).buffer,
  };
}

/** A folder as a browser hands it over, which counts how often it is asked. */
function folderEntry(entries: readonly DroppedEntry[]): DroppedEntry & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    name: 'mine',
    isDirectory: true,
    getFile(name, _options, found, failed) {
      asked.push(name);
      const entry = entries.find((one) => one.name === name);
      if (entry === undefined) failed({ name: 'NotFoundError', message: 'none' });
      else if (entry.isDirectory) failed({ name: 'TypeMismatchError', message: 'a folder' });
      else found(entry);
    },
    createReader: () => ({ readEntries: (found) => found(entries.slice(0, 100)) }),
  };
}

const fileEntry = (name: string, text: string): DroppedEntry => ({
  name,
  isDirectory: false,
  file: (found) => found(file(name, text)),
});

t.test('a folder has the faults that the command finds in it, and no others', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  t.match(checkFolder(bytes(texts), T0_MS, null), {
    holds: { district: 'meixian', places: 17, units: 32, rules: 10 },
    faults: [],
    drawn: { isCut: false },
  });
  for (const { what, edits } of [...PLACE_CASES, ...PLAN_CASES]) {
    const wrong = edited(texts, edits);
    const { faults, holds } = checkFolder(bytes(wrong), T0_MS, null);
    t.equal(holds, null, what);
    const plain = faults.map(({ file: name, path, reason }) => ({ file: name, path, reason }));
    t.strictSame(plain, (await loadTexts(wrong)).faults, what);
  }
});

t.test('a folder without a fault is compared with the plan in force, if that is of the same district', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const inForce = compileEntryPlan(await loadDistrict(fixture('meixian')), {
    version: 3,
    inForceFromMs: T0_MS - 1,
    nowMs: T0_MS - 9,
  });
  t.strictSame(checkFolder(bytes(texts), T0_MS, inForce).changes, []);
  const fewer = bytes(edited(texts, [['units.json', '/units/0/crewCount', 9]]));
  t.match(checkFolder(fewer, T0_MS, inForce).changes, [{ about: 'unit', change: 'changed', fields: [{ after: 9 }] }]);
  t.equal(checkFolder(fewer, T0_MS, null).changes, null);
  t.equal(checkFolder(fewer, T0_MS, { ...inForce, district: 'other' }).changes, null);
  const wrong = bytes(edited(texts, [['units.json', '/units/0/crewCount', 'nine']]));
  t.equal(checkFolder(wrong, T0_MS, inForce).changes, null);
});

t.test('a fault of a place is where the position is, or in the middle of the place', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const ring = '/features/0/geometry/coordinates/0';
  const first = at(texts, 'places.geojson', `${ring}/0`);
  const open = checkFolder(bytes(edited(texts, [['places.geojson', `${ring}/-`, [116.05, 24.26]]])), T0_MS, null);
  t.match(open.faults[0], { feature: 0, at: [116.05, 24.26] }, 'a ring that is not closed');
  t.match(open.drawn.features[0]?.properties, { id: '0', standing: 'overdue' }, 'what is wrong is drawn first');
  const nameless = checkFolder(
    bytes(edited(texts, [['places.geojson', '/features/0/properties/nameEn', 7]])),
    T0_MS,
    null,
  );
  const [fault] = nameless.faults;
  t.match(fault, { feature: 0, path: '/features/0/properties/nameEn' });
  t.ok(fault?.at !== null && fault?.at !== undefined && fault.at[0] > 115 && fault.at[0] < 117);
  const swapped = checkFolder(bytes(edited(texts, [['places.geojson', `${ring}/0`, [24, 116]]])), T0_MS, null);
  t.equal(swapped.faults[0]?.feature, 0, 'a position that is nowhere');
  t.equal(swapped.drawn.features[0]?.properties.id, '0', 'the rest of its place is drawn');
  const shifted = edited(texts, [
    ['places.geojson', '/datum', 'GCJ02'],
    ['places.geojson', '/features/0/properties/nameEn', 7],
  ]);
  const [moved] = checkFolder(bytes(shifted), T0_MS, null).drawn.features;
  const corner = (moved?.geometry.coordinates as number[][][] | undefined)?.[0]?.[0];
  t.not(corner?.[0], (first as number[])[0], 'a shifted datum is shifted back');
  const elsewhere = checkFolder(bytes(edited(texts, [['plan.json', '/rules/0/places', ['nowhere']]])), T0_MS, null);
  t.match(elsewhere.faults, [{ file: 'plan.json', feature: null, at: null }]);
});

t.test('what is drawn has a cap, and nothing in a file makes it fail', async (t) => {
  const line = Array.from({ length: MAX_DRAWN_POSITIONS }, (_, i) => [116 + i / MAX_DRAWN_POSITIONS, 24]);
  const feature = (geometry: unknown) => ({ type: 'Feature', properties: null, geometry });
  const whole = drawnPlaces({ features: [feature({ type: 'LineString', coordinates: line })] }, new Set());
  t.match(whole, { isCut: false, features: { length: 1 } });
  const point = feature({ type: 'Point', coordinates: [116, 24] });
  const cut = drawnPlaces({ features: [feature({ type: 'LineString', coordinates: line }), point] }, new Set());
  t.match(cut, { isCut: true, features: { length: 1 } }, 'one past it');
  for (const hostile of [
    null,
    7,
    { features: 7 },
    { features: [null, 7, {}, { geometry: 7 }] },
    { features: [feature({ type: '__proto__', coordinates: [] }), feature({ type: 'Polygon', coordinates: [[[]]] })] },
    {
      features: [
        feature({ type: 'Point', coordinates: ['116', 24] }),
        feature({ type: 'Point', coordinates: [1e9, 0] }),
      ],
    },
  ])
    t.strictSame(drawnPlaces(hostile, new Set()).features, [], JSON.stringify(hostile));
});

t.test('roads of a folder are checked with it, and their faults are where the positions are', async (t) => {
  const line = [
    [116.05, 24.26],
    [116.06, 24.27],
  ];
  const roadsOf = (highway: unknown, coordinates: unknown) => {
    const feature = {
      type: 'Feature',
      properties: { highway, surface: 'asphalt' },
      geometry: { type: 'LineString', coordinates },
    };
    const text = JSON.stringify({ type: 'FeatureCollection', datum: 'WGS84', features: [feature] });
    return new Uint8Array(Buffer.from(text));
  };
  const files = bytes(await textsOf(fixture('meixian')));
  t.strictSame(checkFolder(files, T0_MS, null).roads.features, [], 'it may have none');
  t.match(checkFolder(new Map([...files, ['roads.geojson', roadsOf('primary', line)]]), T0_MS, null), {
    faults: [],
    roads: { features: [{ properties: { class: 'main' } }] },
    ignoredOfRoads: [{ name: 'surface', count: 1 }],
  });
  const wrong = checkFolder(new Map([...files, ['roads.geojson', roadsOf(7, line)]]), T0_MS, null);
  t.equal(wrong.holds, null);
  t.match(wrong.faults, [{ file: 'roads.geojson', path: '/features/0/properties/highway', feature: null }]);
  t.match(
    wrong.faults[0]?.at?.map((degrees) => degrees.toFixed(3)),
    ['116.055', '24.265'],
    'the middle of the road',
  );
  t.strictSame(
    wrong.drawn.features.map(({ properties }) => properties.standing).filter((standing) => standing === 'overdue'),
    [],
    'no place is at fault',
  );
  const swapped = checkFolder(
    new Map([
      ...files,
      ['roads.geojson', roadsOf('primary', [...line, [24.26, 116.05]])],
      ['plan.json', new Uint8Array()],
    ]),
    T0_MS,
    null,
  );
  t.strictSame(
    swapped.faults.map(({ file }) => file),
    ['plan.json', 'roads.geojson'],
    'beside those of the plan',
  );
});

t.test('of a dropped folder the files of a district alone are asked for, however much lies in it', async (t) => {
  const many = Array.from({ length: 1_000 }, (_, i) => fileEntry(`photo-${i}.jpg`, ''));
  const folder = folderEntry([
    ...many,
    fileEntry('Plan.json', '{}'),
    fileEntry('units.json', '{}'),
    { name: 'plan.json', isDirectory: true },
  ]);
  const { files, others } = await readDropped([folder]);
  t.strictSame(folder.asked, ['district.json', 'places.geojson', 'units.json', 'plan.json', 'roads.geojson']);
  t.match(files.get('district.json'), { fault: /no such file/ });
  t.match(files.get('plan.json'), { fault: /not a regular file/ });
  t.ok(files.get('units.json') instanceof Uint8Array);
  t.equal(others.length, 8);
  const loose = await readDropped([fileEntry('units.json', '{}'), fileEntry('notes.txt', '')]);
  t.ok(loose.files.get('units.json') instanceof Uint8Array, 'files that are dropped without their folder');
  t.strictSame(loose.others, ['notes.txt']);
});

t.test('a file that is too large is not read, and one that cannot be read says why', async (t) => {
  const huge: PickedFile = {
    ...file('plan.json', ''),
    size: MAX_DISTRICT_FILE_BYTES + 1,
    arrayBuffer: async () => t.fail('read') as never,
  };
  const gone: PickedFile = {
    ...file('units.json', ''),
    size: MAX_DISTRICT_FILE_BYTES,
    arrayBuffer: () => Promise.reject(new Error('it is gone')),
  };
  const deeper = { ...file('district.json', '{}'), webkitRelativePath: 'mine/old/district.json' };
  const { files } = await readPicked([huge, gone, deeper, file('places.geojson', 'not JSON')]);
  t.match(files.get('plan.json'), { fault: /16777217 bytes, expected at most 16777216/ });
  t.match(files.get('units.json'), { fault: /"it is gone"/ });
  t.match(files.get('district.json'), { fault: /no such file/ }, 'of another folder');
  t.match(checkFolder(files, T0_MS, null).faults, [
    { file: 'district.json' },
    { file: 'places.geojson', reason: /line 1, column 1/ },
    { file: 'units.json' },
    { file: 'plan.json' },
  ]);
});
