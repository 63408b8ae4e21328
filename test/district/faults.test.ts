import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { MAX_FAULTS_LISTED } from '../../src/district/faults.js';
import { parseJson } from '../../src/district/json-text.js';
import { MAX_DISTRICT_FILE_BYTES } from '../../src/district/read-folder.js';
import {
  at,
  type Edit,
  edited,
  FILES,
  type FileName,
  fixture,
  type Json,
  load,
  loadTexts,
  seededRandom,
  textsOf,
  withFolder,
} from './district-folder.js';

/** The faults that an edit of the Meixian fixture must give: all of them, each with a part of its reason. */
interface Case {
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly faults: readonly (readonly [file: FileName, path: string, ...reason: string[]])[];
}
const one = (what: string, edit: Edit, path: string, ...reason: string[]): Case => ({
  what,
  edits: [edit],
  faults: [[edit[0], path, ...reason]],
});
const places = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['places.geojson', at, to], path, ...reason);
const units = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['units.json', at, to], path, ...reason);
const plan = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['plan.json', at, to], path, ...reason);

// Indices into fixtures/meixian/places.geojson: 0..2 zones, 3 People's Square (circle), 4 Huaqiaocheng Square (polygon), 13 a route.
const SQUARE = '/features/3';
const AREA = '/features/4';
const ROUTE = '/features/13';
const workday = '/calendar/dayTypes/workday';
const bowTie: Json[] = [
  [
    [116.05, 24.26],
    [116.052, 24.262],
    [116.052, 24.26],
    [116.05, 24.262],
    [116.05, 24.26],
  ],
];
const overlapping: Json[] = [
  [
    [116.04, 24.265],
    [116.045, 24.265],
    [116.045, 24.27],
    [116.04, 24.27],
    [116.04, 24.265],
  ],
];
const CASES: readonly Case[] = [
  one('no time zone', ['district.json', '/timeZone', undefined], '/timeZone', 'got nothing', 'IANA time zone'),
  one(
    'wrong time zone',
    ['district.json', '/timeZone', 'Asia/Shangai'],
    '/timeZone',
    '"Asia/Shangai"',
    'IANA time zone',
  ),
  one('wrong id', ['district.json', '/id', 'Mei Xian'], '/id', '"Mei Xian"', 'a-z, 0-9'),
  one(
    'a misspelt property',
    ['district.json', '/nameEnn', 'x'],
    '/nameEnn',
    'unknown property',
    'did you mean "nameEn"?',
  ),
  one('a list for a file', ['district.json', '', []], '', 'got []', 'expected an object'),
  one('an empty name', ['district.json', '/nameZh', ''], '/nameZh', 'got ""', '1 to 100 characters'),

  places('no datum', '/datum', undefined, '/datum', 'got nothing', '"WGS84", "CGCS2000", "GCJ02"'),
  places('an unknown datum', '/datum', 'BD09', '/datum', 'got "BD09"', '"GCJ02"'),
  places('no collection', '/type', 'Feature', '/type', 'got "Feature"', 'expected "FeatureCollection"'),
  places('no features', '/features', [], '/features', 'got []', '1 to 5000 items'),
  places('a null feature', '/features/-', null, '/features/17/properties/kind', 'got nothing'),
  places(
    'an unknown kind',
    `${SQUARE}/properties/kind`,
    'checkpiont',
    `${SQUARE}/properties/kind`,
    'did you mean "checkpoint"?',
  ),
  places(
    'a line for a zone',
    '/features/0/geometry/type',
    'LineString',
    '/features/0/geometry/type',
    '"Polygon" or "MultiPolygon" for a zone',
  ),
  places('no geometry', '/features/0/geometry', null, '/features/0/geometry/type', 'got nothing'),
  places(
    'a radius for a polygon',
    `${AREA}/properties/radiusM`,
    100,
    `${AREA}/properties/radiusM`,
    'unknown property "radiusM"',
  ),
  places(
    'a small radius',
    `${SQUARE}/properties/radiusM`,
    49.9,
    `${SQUARE}/properties/radiusM`,
    'got 49.9',
    '50 to 2000',
  ),
  places(
    'a wide corridor',
    `${ROUTE}/properties/corridorM`,
    501,
    `${ROUTE}/properties/corridorM`,
    'got 501',
    '10 to 500',
  ),
  places(
    'a corridor for a zone',
    '/features/0/properties/corridorM',
    40,
    '/features/0/properties/corridorM',
    'unknown property',
  ),
  places(
    'a misspelt property of a place',
    `${SQUARE}/properties/raduisM`,
    90,
    `${SQUARE}/properties/raduisM`,
    'did you mean "radiusM"?',
  ),
  places(
    'a text coordinate',
    `${SQUARE}/geometry/coordinates/0`,
    '116.05',
    `${SQUARE}/geometry/coordinates/0`,
    'got "116.05"',
    'a number',
  ),
  places(
    'one coordinate',
    `${SQUARE}/geometry/coordinates`,
    [116.05],
    `${SQUARE}/geometry/coordinates`,
    'got [116.05]',
    '[lng, lat]',
  ),
  places(
    'latitude first',
    `${SQUARE}/geometry/coordinates`,
    [24.27, 116.05],
    `${SQUARE}/geometry/coordinates`,
    'are they [lat, lng]?',
  ),
  places(
    'the null island',
    `${SQUARE}/geometry/coordinates`,
    [0, 0],
    `${SQUARE}/geometry/coordinates`,
    'got a position at [0, 0]',
    'within 2 degrees',
  ),
  places('a tier of 0', `${SQUARE}/properties/tier`, 0, `${SQUARE}/properties/tier`, 'got 0', '1 to 9'),
  places('another id outside', `${SQUARE}/id`, 'square', `${SQUARE}/id`, 'got "square"', '"peoples-square"'),
  places(
    'an id twice',
    '/features/14/properties/id',
    'xianzi-avenue',
    '/features/14/properties/id',
    'a second time',
    '/features/13/properties/id',
  ),
  places(
    'an open ring',
    `${AREA}/geometry/coordinates/0/6`,
    [116.06, 24.287],
    `${AREA}/geometry/coordinates/0/6`,
    "the ring's first position",
  ),
  places(
    'a short ring',
    `${AREA}/geometry/coordinates/0`,
    [
      [116, 24],
      [116, 25],
      [116, 24],
    ],
    `${AREA}/geometry/coordinates/0`,
    'got a list of 3',
    'at least four',
  ),
  places(
    'a ring without area',
    `${AREA}/geometry/coordinates/0`,
    [
      [116.06, 24.28],
      [116.061, 24.28],
      [116.06, 24.28],
      [116.06, 24.28],
    ],
    `${AREA}/geometry/coordinates/0`,
    'got 2 distinct vertices',
  ),
  places(
    'a ring that crosses itself',
    `${AREA}/geometry/coordinates`,
    bowTie,
    `${AREA}/geometry/coordinates/0`,
    'crosses itself',
  ),
  places(
    'a line of one position',
    `${ROUTE}/geometry/coordinates`,
    [
      [116.05, 24.27],
      [116.05, 24.27],
    ],
    `${ROUTE}/geometry/coordinates`,
    'distinct vertices',
  ),

  units('an unknown unit kind', '/units/0/kind', 'moto', '/units/0/kind', 'got "moto"', '"motorcycle"'),
  units('nobody in the crew', '/units/0/crewCount', 0, '/units/0/crewCount', 'got 0', '1 to 100'),
  units('half an officer', '/units/0/crewCount', 1.5, '/units/0/crewCount', 'got 1.5', 'an integer'),
  units(
    'an interval of an hour and more',
    '/units/0/expectedIntervalS',
    3601,
    '/units/0/expectedIntervalS',
    '1 to 3600',
  ),
  units(
    'an unknown group',
    '/units/0/group',
    'group-huaqiaochen',
    '/units/0/group',
    'unknown group',
    'did you mean "group-huaqiaocheng"?',
  ),
  units(
    'an unknown schedule',
    '/units/0/duty',
    'dya',
    '/units/0/duty',
    'unknown schedule "dya"',
    'did you mean "day"?',
  ),
  units('a unit twice', '/units/1/id', 'car-101', '/units/1/id', 'the id "car-101" a second time', '/units/0/id'),
  units('a tracker twice', '/units/1/tracker', 'bd-101', '/units/1/tracker', 'the tracker "bd-101" a second time'),
  units(
    'a callsign twice',
    '/units/1/callsign',
    '梅巡101',
    '/units/1/callsign',
    'the callsign "梅巡101" a second time',
  ),
  units(
    'a group twice',
    '/groups/-',
    { id: 'group-huaqiaocheng', nameZh: 'x', nameEn: 'x' },
    '/groups/3/id',
    'a second time',
  ),
  units('no groups', '/groups', undefined, '/groups', 'got nothing'),
  units('a misspelt property of a unit', '/units/0/crewcount', 2, '/units/0/crewcount', 'did you mean "crewCount"?'),
  units(
    'two groups on a zone',
    '/assignments/-',
    { zone: 'new-town-1', group: 'group-new-town-2', during: 'night' },
    '/assignments/3',
    'group "group-new-town-2" for the zone "new-town-1"',
    '07:20–08:30 on sunday 2026-01-04 (workday)',
    'one group',
  ),
  units(
    'a zone that is a checkpoint',
    '/assignments/0/zone',
    'peoples-square',
    '/assignments/0/zone',
    'got the checkpoint "peoples-square"',
    'expected a zone',
  ),
  units(
    'a zone that nobody knows',
    '/assignments/0/zone',
    'new-town-4',
    '/assignments/0/zone',
    'did you mean "new-town-1"?',
  ),

  plan('no calendar', '/calendar', undefined, '/calendar', 'got nothing', 'a calendar'),
  plan('no rules', '/rules', [], '/rules', '1 to 200 items'),
  plan('a hole', `${workday}/modes/0/to`, '08:45', `${workday}/modes`, 'hole 08:45–09:00 on monday 20', '(workday)'),
  plan('a hole to the end', `${workday}/modes/6`, undefined, `${workday}/modes`, 'hole 19:00–20:00'),
  plan(
    'an overlap',
    `${workday}/modes/0/to`,
    '09:10',
    `${workday}/modes/1`,
    'overlap 09:00–09:10',
    'peak and off-peak',
    '(workday)',
  ),
  plan(
    'a mode outside',
    `${workday}/coverage/0/to`,
    '19:30',
    `${workday}/coverage`,
    'a mode at 19:30–20:00',
    'outside of the coverage',
  ),
  plan('an empty window', '/schedules/day/daily/0/to', '07:00', '/schedules/day/daily/0', 'empty window 07:00–07:00'),
  plan('25 hours', '/schedules/day/daily/0/to', '25:00', '/schedules/day/daily/0/to', 'got "25:00"', '"24:00"'),
  plan(
    'a start at 24:00',
    '/schedules/day/daily/0/from',
    '24:00',
    '/schedules/day/daily/0/from',
    'got "24:00"',
    '"23:59"',
  ),
  plan('a weekday of no type', '/calendar/week/friday', 'wrokday', '/calendar/week/friday', 'did you mean "workday"?'),
  plan('no Sunday', '/calendar/week/sunday', undefined, '/calendar/week/sunday', 'got nothing'),
  plan(
    '30 February',
    '/calendar/exceptions/0',
    { date: '2026-02-30', as: 'rest-day' },
    '/calendar/exceptions/0/date',
    '"2026-02-30"',
    'a date that exists',
  ),
  plan('1999', '/calendar/exceptions/0/date', '1999-12-31', '/calendar/exceptions/0/date', '2000 to 2099'),
  plan(
    'an end before the start',
    '/calendar/exceptions/0/through',
    '2025-12-31',
    '/calendar/exceptions/0/through',
    'expected 1 to 400 days',
  ),
  plan(
    'a date twice',
    '/calendar/exceptions/-',
    { date: '2026-10-03', as: 'workday' },
    '/calendar/exceptions/20',
    '2026-10-03',
    '/calendar/exceptions/11',
    'each date once',
  ),
  plan(
    'an exception that changes nothing',
    '/calendar/exceptions/-',
    { date: '2026-12-24' },
    '/calendar/exceptions/20',
    'neither `as` nor `modes`',
  ),
  plan(
    'an unknown day type',
    '/calendar/exceptions/0/as',
    'someday',
    '/calendar/exceptions/0/as',
    'unknown day type "someday"',
    'workday, rest-day',
  ),
  plan(
    'a hole on one date',
    '/calendar/exceptions/-',
    { date: '2026-12-24', as: 'rest-day', modes: [{ mode: 'peak', from: '08:30', to: '19:00' }] },
    '/calendar/exceptions/20/modes',
    'hole 19:00–20:00 on thursday 2026-12-24 (rest-day)',
  ),
  plan('a schedule of nothing', '/schedules/day', {}, '/schedules/day', 'neither `daily` nor `dayTypes`'),
  plan(
    'a schedule for an unknown day type',
    '/schedules/school-run/dayTypes/schoolday',
    [],
    '/schedules/school-run/dayTypes/schoolday',
    'unknown day type',
  ),
  plan('a schedule with a built-in name', '/schedules/coverage', { daily: [] }, '/schedules/coverage', 'built in'),
  plan(
    'a schedule with a bad name',
    '/schedules/Day',
    { daily: [] },
    '/schedules/Day',
    'unknown property "Day"',
    'a-z, 0-9',
  ),
  plan(
    'a schedule exception without windows',
    '/schedules/school-run/exceptions/0/windows',
    undefined,
    '/schedules/school-run/exceptions/0',
    'neither of `as` and `windows`',
  ),
  plan('an unknown rule kind', '/rules/0/kind', 'post-gap', '/rules/0/kind', 'got "post-gap"', '"checkpoint-gap"'),
  plan('a rule twice', '/rules/1/id', 'posts', '/rules/1/id', 'the id "posts" a second time'),
  plan(
    'a threshold in minutes',
    '/rules/0/thresholdMin',
    10,
    '/rules/0/thresholdMin',
    'unknown property',
    'thresholdS',
  ),
  plan('a threshold of 0', '/rules/0/thresholdS', 0, '/rules/0/thresholdS', 'got 0', '30 to 86400'),
  plan('an unknown mode', '/rules/0/modes', ['peek'], '/rules/0/modes/0', 'got "peek"', '"off-peak"'),
  plan(
    'an unknown place',
    '/rules/0/places',
    ['peoples-squar'],
    '/rules/0/places/0',
    'unknown place',
    'did you mean "peoples-square"?',
  ),
  plan(
    'a place of another kind',
    '/rules/0/places/3',
    'new-town-1',
    '/rules/0/places/3',
    'the zone "new-town-1"',
    'expected a checkpoint',
  ),
  plan('neither all nor a list', '/rules/2/places', 'some', '/rules/2/places', 'got "some"', '"all" or a list of ids'),
  plan(
    'a place twice',
    '/rules/0/places',
    ['bus-station', 'bus-station'],
    '/rules/0/places',
    '"all" or a list of ids, each once',
  ),
  plan('an unknown unit', '/rules/6/units', ['car-999'], '/rules/6/units/0', 'unknown unit "car-999"'),
  plan(
    'an unknown schedule of a rule',
    '/rules/1/during',
    'schoolrun',
    '/rules/1/during',
    'did you mean "school-run"?',
  ),
  plan('presence above the threshold', '/rules/3/minPresenceS', 1801, '/rules/3/minPresenceS', 'got 1801', '1800'),
  plan(
    'two rules for one place at one time',
    '/rules/-',
    { id: 'more', kind: 'checkpoint-gap', modes: ['off-peak', 'peak'], places: ['bus-station'] },
    '/rules/7',
    'a second checkpoint-gap rule for "bus-station"',
    '10:00–12:30 on thursday 2026-01-01',
    '"posts"',
  ),
  plan(
    'two rules for one unit',
    '/rules/-',
    { id: 'more', kind: 'tracker-silence', units: ['car-101'] },
    '/rules/7',
    'a second tracker-silence rule for "car-101"',
  ),
];

/** Cases that need more than one edit, or give more than one fault. */
function furtherCases(texts: ReadonlyMap<FileName, string>): Case[] {
  const ring = at(texts, 'places.geojson', '/features/0/geometry/coordinates/0');
  return [
    {
      what: 'overlapping zones',
      edits: [['places.geojson', '/features/-', zone('extra', overlapping)]],
      faults: [['places.geojson', '/features/17/geometry/coordinates/0/0', 'overlaps zone new-town-1']],
    },
    {
      what: 'a T-junction',
      edits: [['places.geojson', '/features/0/geometry/coordinates/0', withMiddle(ring)]],
      faults: [['places.geojson', '/features/0/geometry/coordinates/0/1', 'new-town']],
    },
    {
      what: 'a hole outside of its zone',
      edits: [['places.geojson', '/features/0/geometry/coordinates/1', overlapping[0] ?? null]],
      faults: [['places.geojson', '/features/0/geometry/coordinates/1', 'outside its shell']],
    },
    {
      what: 'a place that is named elsewhere is renamed',
      edits: [['places.geojson', '/features/0/properties/id', 'hqc']],
      faults: [['units.json', '/assignments/0/zone', 'unknown place "huaqiaocheng"']],
    },
    {
      what: 'an overlap across midnight',
      edits: [['plan.json', `${workday}/modes/6/to`, '07:30']],
      faults: [
        ['plan.json', `${workday}/coverage`, '20:00–24:00 on monday'],
        ['plan.json', `${workday}/modes/0`, 'overlap 07:20–07:30 on tuesday', 'low and peak'],
        ['plan.json', `${workday}/coverage`, '00:00–07:20 on tuesday'],
        ['plan.json', '/calendar/dayTypes/rest-day/coverage', '00:00–07:30 on saturday'],
      ],
    },
    {
      what: 'a rule that only foot teams could keep, and there is none',
      edits: [
        ['plan.json', '/rules/5/unitKinds', ['foot']],
        ['units.json', '/units', [at(texts, 'units.json', '/units/0')]],
      ],
      faults: [['plan.json', '/rules/5/unitKinds', 'foot, which no unit is']],
    },
    {
      what: '"all" zones where there are none',
      edits: [
        ['places.geojson', '/features', [at(texts, 'places.geojson', '/features/3')]],
        ['units.json', '/assignments', undefined],
        ['plan.json', '/rules', [{ id: 'zones', kind: 'zone-gap' }]],
      ],
      faults: [['plan.json', '/rules/0/places', '"all" zones where there are none']],
    },
    {
      what: 'faults of all files at once, and none that another one causes',
      edits: [
        ['district.json', '/timeZone', 'Mars'],
        ['places.geojson', '/datum', undefined],
        ['units.json', '/units/3/kind', 'bike'],
        ['units.json', '/units/4/group', 'nobody'],
        ['plan.json', '/rules/0/graceS', -1],
        ['plan.json', '/rules/6/units', ['car-104']],
        ['plan.json', `${workday}/modes/0/to`, '08:45'],
      ],
      faults: [
        ['district.json', '/timeZone', 'Mars'],
        ['places.geojson', '/datum', 'got nothing'],
        ['units.json', '/units/3/kind', 'bike'],
        ['units.json', '/units/4/group', 'nobody'],
        ['plan.json', '/rules/0/graceS', 'got -1'],
        ['plan.json', `${workday}/modes`, 'hole 08:45–09:00'],
      ],
    },
  ];
}

function zone(id: string, coordinates: Json): Json {
  return {
    type: 'Feature',
    properties: { id, kind: 'zone', nameZh: id, nameEn: id },
    geometry: { type: 'Polygon', coordinates },
  };
}

/** The ring with the middle of its first edge, which it shares with a neighbour, as a vertex of its own. */
function withMiddle(ring: Json): Json {
  const [first, second, ...rest] = ring as [number, number][];
  if (first === undefined || second === undefined) return ring;
  return [first, [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2], second, ...rest];
}

t.test('each fault is refused with its file, its path and a reason', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  for (const { what, edits, faults: expected } of [...CASES, ...furtherCases(texts)]) {
    const { faults } = await loadTexts(edited(texts, edits));
    const place = ([file, path]: readonly [string, string, ...string[]]) => `${file} ${path}`;
    t.same(
      faults?.map((fault) => place([fault.file, fault.path])).sort(),
      expected.map(place).sort(),
      `${what}: where`,
    );
    for (const [file, path, ...parts] of expected) {
      const reasons =
        faults?.filter((fault) => fault.file === file && fault.path === path).map((fault) => fault.reason) ?? [];
      for (const part of parts)
        t.ok(
          reasons.some((reason) => reason.includes(part)),
          `${what}: "${part}" in ${reasons.join(' | ')}`,
        );
    }
  }
});

t.test('files that cannot be read', async (t) => {
  const texts = await textsOf(fixture('example'));
  const reasonFor = async (file: FileName, content: string | Uint8Array) => {
    const { faults } = await loadTexts(new Map<FileName, string | Uint8Array>([...texts, [file, content]]));
    t.equal(faults?.length, 1, `${file}: one fault, not those that it would cause elsewhere`);
    t.same([faults?.[0]?.file, faults?.[0]?.path], [file, '']);
    return faults?.[0]?.reason ?? '';
  };
  t.match(await reasonFor('units.json', ''), /^line 1, column 1: got the end of the file, expected a value/);
  t.match(
    await reasonFor('plan.json', '{\n  "rules": [1,\n  ]\n}'),
    /^line 3, column 3: got "]\\n}", expected a value/,
  );
  t.match(
    await reasonFor('district.json', '{"id": "a", "id": "b"}'),
    /^line 1, column 13: got the name "id" a second time/,
  );
  t.match(await reasonFor('places.geojson', '['.repeat(100_000)), /at most 64 levels/);
  t.match(
    await reasonFor('units.json', `"${'x'.repeat(2_000_000)}`),
    /column 2000002: got the end of the file, expected the rest of a string/,
  );
  t.match(await reasonFor('district.json', Buffer.from('{\n"id": "\xff"}', 'latin1')), /not UTF-8 in line 2/);
  t.match(await reasonFor('district.json', new Uint8Array([0xfe, 0xff, 0, 0x7b])), /not UTF-8 in line 1/);

  const bom = await loadTexts(new Map([...texts, ['units.json' as const, `\ufeff${texts.get('units.json')}`]]));
  t.equal(bom.faults, null, 'a byte order mark does no harm');

  await withFolder(texts, async (folder) => {
    const first = async () => (await load(folder)).faults?.map((fault) => `${fault.file}: ${fault.reason}`);
    await rm(join(folder, 'plan.json'));
    t.same(await first(), ['plan.json: got no such file, expected it in the folder']);
    await mkdir(join(folder, 'plan.json'));
    t.match((await first())?.[0], /^plan.json: got something that is not a regular file/);
    await rm(join(folder, 'plan.json'), { recursive: true });
    await symlink('plan.json', join(folder, 'plan.json'));
    t.match((await first())?.[0], /^plan.json: got "ELOOP/);
    await rm(join(folder, 'plan.json'));
    const pipe = join(folder, 'plan.json');
    execFileSync('sh', ['-c', `mkfifo '${pipe}'`]);
    t.match((await first())?.[0], /^plan.json: got something that is not a regular file/);
    await rm(join(folder, 'plan.json'));
    const plain = texts.get('plan.json') ?? '';
    await writeFile(join(folder, 'plan.json'), plain.padEnd(MAX_DISTRICT_FILE_BYTES));
    t.equal(await first(), undefined, 'a file of the largest size is read');
    await truncate(join(folder, 'plan.json'), MAX_DISTRICT_FILE_BYTES + 1);
    t.match((await first())?.[0], /got 16777217 bytes, expected at most 16777216/);
  });
  const nowhere = await load(join(fixture('example'), 'nowhere'));
  t.equal(nowhere.faults?.length, 4, 'a folder that does not exist lacks four files');
});

t.test('a thousand faults are counted, not all listed', async (t) => {
  const texts = await textsOf(fixture('example'));
  const unit = at(texts, 'units.json', '/units/0');
  const units = Array.from({ length: 1_000 }, () => unit);
  const { faults } = await loadTexts(edited(texts, [['units.json', '/units', units]]));
  t.equal(faults?.length, MAX_FAULTS_LISTED);
});

t.test('JSON is read as JSON.parse reads it', (t) => {
  const random = seededRandom(7);
  const alphabet = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b\\u0041"',
    '"\\x"',
    '"',
    '0',
    '-1.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\n',
    '\t',
    '\u0001',
  ];
  let valid = 0;
  for (let run = 0; run < 20_000; run += 1) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 7) },
      () => alphabet[Math.floor(random() * alphabet.length)],
    ).join('');
    let expected: unknown;
    let isValid = true;
    try {
      expected = JSON.parse(text);
    } catch {
      isValid = false;
    }
    const { value, faults } = parseJson(text);
    const syntax = faults.filter((fault) => !fault.reason.includes('a second time'));
    if (isValid !== (syntax.length === 0)) return t.fail(`${JSON.stringify(text)}: ${JSON.stringify(faults)}`);
    if (isValid) {
      valid += 1;
      if (JSON.stringify(value) !== JSON.stringify(expected)) return t.fail(JSON.stringify(text));
    }
  }
  t.ok(valid > 500, `${valid} of the texts were valid`);
  t.end();
});

/** What may stand where something else stood. */
const STRANGE: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  0.5,
  2 ** 53,
  '',
  'x',
  '🚓',
  '__proto__',
  'constructor',
  '24:00',
  '2026-02-29',
  [],
  [[]],
  [null],
  {},
  { id: 'x' },
  { constructor: 1 },
  'x'.repeat(5_000),
];

t.test('any damage to the files gives a district that compiles, or a DistrictError', async (t) => {
  const seed = Number(process.env.SEED ?? 20_261_124);
  t.comment(`seed ${seed}`);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const tally = { loaded: 0, refused: 0 };
  for (const [name, runs] of [
    ['example', 600],
    ['meixian', 60],
  ] as const) {
    const texts = await textsOf(fixture(name));
    for (let run = 0; run < runs; run += 1) {
      const file = pick(FILES);
      const damaged = new Map<FileName, string | Uint8Array>(texts);
      const text = texts.get(file) ?? '';
      damaged.set(file, random() < 0.3 ? damageText(text) : damageValue(text));
      const { source, faults } = await loadTexts(damaged);
      if (source !== null) {
        compilePlan(source, { version: 1, inForceFromMs: 0, expandFromMs: Date.UTC(2026, 9, 1), expandDays: 2 });
        tally.loaded += 1;
      } else {
        tally.refused += 1;
        const blank = faults.find(
          (fault) => fault.file === '' || fault.reason === '' || /undefined|NaN|\[object/.test(fault.reason),
        );
        if (faults.length === 0 || blank !== undefined) t.fail(`${name} run ${run}: ${JSON.stringify(faults)}`);
      }
    }
  }
  t.ok(tally.refused > 300 && tally.loaded > 30, `refused ${tally.refused}, loaded ${tally.loaded}`);

  function damageText(text: string): Uint8Array {
    const bytes = Buffer.from(text);
    const where = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.3) return bytes.subarray(0, where);
    if (kind < 0.7) bytes[where] = Math.floor(random() * 256);
    return kind < 0.7
      ? bytes
      : Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + Math.ceil(random() * 20))]);
  }
  /** Replaces, removes, doubles or swaps one value somewhere. */
  function damageValue(text: string): string {
    const root: Json = JSON.parse(text);
    const spots: [Json[] | { [name: string]: Json }, string][] = [];
    const walk = (node: Json) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        spots.push([node, key]);
        walk(value);
      }
    };
    walk(root);
    const [parent, key] = pick(spots);
    const [otherParent, otherKey] = pick(spots);
    const read = (from: Json[] | { [name: string]: Json }, name: string) =>
      (Array.isArray(from) ? from[Number(name)] : from[name]) ?? null;
    const write = (value: Json) => {
      if (Array.isArray(parent)) parent[Number(key)] = value;
      else parent[key] = value;
    };
    const kind = random();
    if (kind < 0.4) write(structuredClone(pick(STRANGE)));
    else if (kind < 0.6) write(structuredClone(read(otherParent, otherKey)));
    else if (kind < 0.8 && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (kind < 0.8 && !Array.isArray(parent)) delete parent[key];
    else if (Array.isArray(parent)) parent.push(structuredClone(read(parent, key)));
    else parent[`${key}x`] = structuredClone(read(parent, key));
    return JSON.stringify(root);
  }
});
