import { cpSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ROUTES } from '../../src/api/route-table.js';
import { AlertSchema } from '../../src/api/schemas.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { startExampleServer } from './example-server.js';
import { beatwatch, projectPath, readProject } from './project.js';
import { block, madeSections, UPDATING, writeSections } from './sections.js';
import { routesTable, TABLES } from './tables.js';
import { tellWorkedExample } from './worked-example.js';

const COMMANDS = [
  'verify',
  'archive',
  'export',
  'report',
  'whatif',
  'watch',
  'demo',
  'simulate',
  'replay',
  'token',
  'district',
] as const;
const QUOTED = ['district.json', 'places.geojson', 'units.json', 'plan.json'] as const;

/** All that the documents have between their marks, from the sources as they are. */
async function makeSections(t: TestScope): Promise<ReadonlyMap<string, string>> {
  const made = new Map(Object.entries(TABLES).map(([name, make]) => [name, make()]));
  for (const command of COMMANDS) {
    made.set(`help-${command}`, block('text', beatwatch([command, '--help']).stdout));
  }
  for (const file of QUOTED) {
    const path = `fixtures/example/${file}`;
    made.set(path, block('json', readProject(path)));
  }
  made.set('district-check', block('text', await brokenDistrict(t)));
  made.set('routes', routesTable(await routeSummaries(t)));
  const { told, wild } = await tellWorkedExample(t);
  const [raised, retracted, ...others] = told;
  if (others.length > 0) throw new Error(`got ${told.length} transitions, expected two`);
  made.set('fix-decision', block('json', JSON.stringify(wild, null, 2)));
  made.set('worked-example-raised', block('json', shownAlert(raised)));
  made.set('worked-example-retracted', block('json', shownAlert(changedFields(raised, retracted))));
  return made;
}

/** What `district check` says of the example with four faults. */
async function brokenDistrict(t: TestScope): Promise<string> {
  const folder = join(await temporaryFolder(t), 'broken');
  cpSync(projectPath('fixtures/example'), folder, { recursive: true });
  const change = async (file: string, from: string, to: string): Promise<void> => {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (!text.includes(from)) throw new Error(`got ${file} without ${from}, expected it there`);
    await writeFile(path, text.replace(from, to));
  };
  await change('places.geojson', '"radiusM": 100', '"radiusM": 0');
  await change('units.json', '"duty": "day"', '"duty": "night"');
  await change('plan.json', '"kind": "checkpoint-gap"', '"kind": "checkpoint-gap", "places": ["sqare"]');
  await change('plan.json', '"mode": "low", "from": "10:00"', '"mode": "low", "from": "10:30"');
  const { status, stdout } = beatwatch(['district', 'check', folder]);
  if (status !== 1) throw new Error(`got exit code ${status}, expected 1`);
  return stdout;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string }>>>>;
}

async function routeSummaries(t: TestScope): Promise<ReadonlyMap<string, string>> {
  const example = await startExampleServer(t, { startMs: Date.UTC(2026, 10, 24) });
  const { paths } = (await example.ask('/v1/openapi.json', '')) as OpenApi;
  const routes = Object.keys(ROUTES).map((route) => {
    const [method = '', path = ''] = route.split(' ');
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    return [route, operation?.summary ?? ''] as const;
  });
  await example.close();
  return new Map(routes);
}

/** In the order of the published schema: JSON's own order says nothing. */
function shownAlert(alert: object | undefined): string {
  const order = [
    'type',
    ...Object.keys(AlertSchema.properties),
    ...(['subject', 'evidence', 'sentence'] as const).flatMap((part) =>
      Object.keys(AlertSchema.properties[part].properties),
    ),
  ];
  const sorted = (_name: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
  };
  return JSON.stringify(alert, sorted, 2);
}

/** Of the second version, what is not as in the first. */
function changedFields(before: object | undefined, after: object | undefined): object {
  const old = new Map(Object.entries(before ?? {}).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(after ?? {}).filter(([name, value]) => old.get(name) !== JSON.stringify(value)),
  );
}

t.test('what the documents show of the sources is what they say [retraction]', async (t) => {
  const made = await makeSections(t);
  if (UPDATING) writeSections(made);
  const shown = madeSections();
  t.strictSame([...shown.keys()].sort(), [...made.keys()].sort(), 'each part is there once');
  for (const [name, body] of made) t.equal(shown.get(name), body, `${name} (UPDATE_DOCUMENTS=1 writes it)`);
});
