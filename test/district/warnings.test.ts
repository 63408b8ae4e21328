import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createKeyPair } from '../../src/access/keys.js';
import { startServer } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { compilePlan } from '../../src/district/compile-plan.js';
import { warningsOf } from '../../src/district/warnings.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { beatwatch } from '../e2e/programs.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';
import {
  at,
  type Edit,
  edited,
  fixture,
  type Json,
  loadTexts,
  seededRandom,
  textsOf,
  withFolder,
} from './district-folder.js';

const FROM_MS = Date.parse('2026-11-23T00:00:00+08:00');
const PLAN = { version: 1, inForceFromMs: FROM_MS, expandFromMs: FROM_MS, expandDays: 35 };

async function warningsWith(...edits: Edit[]): Promise<readonly unknown[]> {
  const { source, faults } = await loadTexts(edited(await textsOf(fixture('example')), edits));
  if (source === null) throw new Error(`got faults ${JSON.stringify(faults)}, expected none`);
  return warningsOf(compilePlan(source, PLAN));
}

t.test('rules that never bind and units that are never on duty are warnings', async (t) => {
  t.strictSame(await warningsWith(), []);
  const night: Json = { daily: [{ from: '21:00', to: '22:00' }] };
  const silence = (during: string): Edit => [
    'plan.json',
    '/rules/2',
    { id: 'silence', kind: 'tracker-silence', during },
  ];
  t.match(await warningsWith(['plan.json', '/schedules/night', night], silence('night')), [
    {
      file: 'plan.json',
      id: 'silence',
      reason: /tells nothing in 35 days: none of its units is on duty while it binds/,
    },
  ]);
  const idle: Edit = [
    'plan.json',
    '/rules/0',
    { id: 'posts', kind: 'checkpoint-gap', modes: ['peak'], during: 'night' },
  ];
  t.match(await warningsWith(['plan.json', '/schedules/night', night], idle), [
    { file: 'plan.json', id: 'posts', reason: /its modes and its schedule have no time in common/ },
  ]);
});

t.test('a unit whose duty has no time in the calendar is a warning', async (t) => {
  const { source } = await loadTexts(await textsOf(fixture('example')));
  if (source === null) throw new Error('got faults in the example, expected none');
  const plan = compilePlan(source, PLAN);
  t.match(warningsOf({ ...plan, schedules: { ...plan.schedules, day: [] } }), [
    { file: 'units.json', id: 'car-1', reason: 'unit car-1 is never on duty in 35 days: "day" has no time in them' },
    { file: 'plan.json', id: 'silence', reason: /none of its units is on duty/ },
  ]);
});

t.test('a zone is assigned to a group that has no unit, or none on duty then: a warning', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const plain = await loadTexts(texts);
  t.strictSame(plain.source?.warnings, [], 'the fixture is manned');
  const group: Edit = ['units.json', '/groups/-', { id: 'reserve', nameZh: '机动', nameEn: 'Reserve' }];
  const given: Edit = ['units.json', '/assignments/0/group', 'reserve'];
  const nobody = await loadTexts(edited(texts, [group, given]));
  t.match(nobody.source?.warnings, [
    { file: 'units.json', id: 'huaqiaocheng', reason: 'zone huaqiaocheng is assigned to reserve, which has no unit' },
  ]);
  const units = at(texts, 'units.json', '/units') as unknown as readonly { readonly group: string }[];
  const early = units.flatMap(({ group: own }, i): Edit[] =>
    own === 'group-huaqiaocheng' ? [['units.json', `/units/${i}/duty`, 'early']] : [],
  );
  const unmanned = await loadTexts(edited(texts, early));
  t.match(unmanned.source?.warnings, [
    { id: 'huaqiaocheng', reason: /group-huaqiaocheng, of which no unit is on duty at \d\d:\d\d–\d\d:\d\d on \w+/ },
  ]);
});

t.test('`district check` prints warnings, and knows that a plan would be too large for the log', async (t) => {
  const texts = await textsOf(fixture('example'));
  const night: Edit = ['plan.json', '/schedules/night', { daily: [{ from: '21:00', to: '22:00' }] }];
  const rule: Edit = ['plan.json', '/rules/2', { id: 'silence', kind: 'tracker-silence', during: 'night' }];
  const warned = await withFolder(edited(texts, [night, rule]), (folder) =>
    beatwatch(t, ['district', 'check', folder]),
  );
  t.equal(warned.code, 0);
  t.match(warned.stdout, /"type":"warning","file":"plan.json","id":"silence"/);

  const random = seededRandom(5);
  const count = 60_000;
  const ring = Array.from({ length: count }, (_, i): Json => {
    const [angle, radius] = [(2 * Math.PI * i) / count, 0.02 + random() * 1e-4];
    return [116.06 + radius * Math.cos(angle), 24.27 + radius * Math.sin(angle)];
  });
  const coordinates: Json = [[...ring, ring[0] ?? null]];
  const properties = { id: 'rough', kind: 'checkpoint', nameZh: 'x', nameEn: 'x' };
  const rough: Edit = [
    'places.geojson',
    '/features/-',
    { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates } },
  ];
  const large = await withFolder(edited(texts, [rough]), (folder) => beatwatch(t, ['district', 'check', folder]));
  t.equal(large.code, 1);
  t.match(large.stderr, /: 1 fault\n$/);
  t.match(large.stdout, /the compiled plan is too large for the log .*got \d+ bytes, expected at most 262144/);
});

t.test('one district in two folders is refused before anything is logged', async (t) => {
  const dataFolder = await temporaryFolder(t);
  await mkdir(join(dataFolder, 'keys'), { recursive: true });
  await createKeyPair(join(dataFolder, 'keys'));
  const texts = await textsOf(fixture('example'));
  await withFolder(texts, async (folder) => {
    const config = { ...readConfig({}), port: 0, dataFolder, districtFolders: [fixture('example'), folder] };
    const starting = startServer({ config, clock: createVirtualClock(FROM_MS), logger: keptLog() });
    await t.rejects(starting, {
      code: 'config-invalid',
      message: /the district example in .* and in .*, expected each district once/,
    });
  });
});
