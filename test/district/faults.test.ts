import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { MAX_FAULTS_LISTED } from '../../src/district/faults.js';
import { MAX_DISTRICT_FILE_BYTES } from '../../src/district/read-files.js';
import {
  at,
  edited,
  type FileName,
  fixture,
  type Json,
  load,
  loadTexts,
  textsOf,
  withFolder,
} from './district-folder.js';
import type { Case } from './fault-case.js';
import { overlapping, PLACE_CASES } from './place-fault-cases.js';
import { PLAN_CASES } from './plan-fault-cases.js';

const workday = '/calendar/dayTypes/workday';

/** Cases that need more than one edit, or give more than one fault. */
function furtherCases(texts: ReadonlyMap<FileName, string>): Case[] {
  const withoutKind: Json = {
    type: 'Feature',
    properties: { id: 'only', nameZh: 'only', nameEn: 'only' },
    geometry: { type: 'Polygon', coordinates: overlapping },
  };
  const ring = at(texts, 'places.geojson', '/features/0/geometry/coordinates/0');
  return [
    {
      what: 'no datum, and other faults of the same file and of a rule that names a place',
      edits: [
        ['places.geojson', '/datum', undefined],
        ['places.geojson', '/features/0/properties/nameEn', undefined],
        ['plan.json', '/rules/0/places', ['nowhere']],
      ],
      faults: [
        ['places.geojson', '/datum', 'is missing'],
        ['places.geojson', '/features/0/properties/nameEn', 'is missing'],
        ['plan.json', '/rules/0/places/0', 'unknown place "nowhere"'],
      ],
    },
    {
      what: 'a place without a kind may be the only one that a rule is for',
      edits: [
        ['places.geojson', '/features', [withoutKind]],
        ['units.json', '/assignments', undefined],
        ['plan.json', '/rules', [{ id: 'zones', kind: 'zone-gap' }]],
      ],
      faults: [['places.geojson', '/features/0/properties/kind', 'is missing']],
    },
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
        ['plan.json', '/rules/8', { id: 'speed', kind: 'speeding' }],
        ['plan.json', '/rules/9', { id: 'seen', kind: 'lights', places: ['bus-station'] }],
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
      faults: [['plan.json', '/rules/0/places', '"all" zones where there are none', 'or delete this rule']],
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
        ['places.geojson', '/datum', 'is missing'],
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
  for (const { what, edits, faults: expected } of [...PLACE_CASES, ...PLAN_CASES, ...furtherCases(texts)]) {
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
