import { spawnSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import protobuf from 'protobufjs';
import t from 'tap';
import { PERMISSIONS, type Permission } from '../../src/access/permissions.js';
import { OPERATIONS } from '../../src/api/operations.js';
import { ROUTES, type RouteName } from '../../src/api/route-table.js';
import type { Fix } from '../../src/model/fix.js';
import type { Role } from '../../src/model/roles.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { type ExampleServer, startExampleServer } from './example-server.js';
import { projectPath } from './project.js';

const nodeRequire = createRequire(import.meta.url);
/** 08:30 on the district's clock. */
const START_MS = Date.UTC(2026, 10, 24, 0, 30);
const LOG_STEP_MS = 5_000;
/** When car-1, silent since its duty began, calls for help. */
const CALL_MS = START_MS + 180_000;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly example?: string | number;
}
interface Documented {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, object>> }>
  >;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What an example is answered where nothing of the kind is there: nothing was skipped, nothing is gone. */
const REFUSED: Readonly<Partial<Record<RouteName, number>>> = {
  // The example server keeps no archive.
  'GET /v1/districts/:district/archive/head': 404,
  'GET /v1/ingest': 426,
  'GET /v1/districts/:district/live': 426,
  'GET /v1/districts/:district/days/:day': 404,
  // Its day is not over.
  'GET /v1/districts/:district/reports/:report': 404,
  'GET /v1/districts/:district/packs/:day': 404,
  // It names a plan that was in force elsewhere.
  'POST /v1/districts/:district/plan/publish': 409,
  // No plan has that digest, and nobody was to be told.
  'POST /v1/districts/:district/what-if': 404,
  'POST /v1/districts/:district/notices/:noticeId/send': 404,
  'POST /v1/districts/:district/skipped/:logId/clear': 404,
  'POST /v1/districts/:district/record/accept': 409,
};

async function documentOf(example: ExampleServer, path: string): Promise<unknown> {
  return (await fetch(`${example.url}${path}`)).json();
}

async function goTo(example: ExampleServer, fromMs: number, toMs: number): Promise<void> {
  const admin = await example.token('admin', 'driver');
  for (let atMs = fromMs + LOG_STEP_MS; atMs <= toMs; atMs += LOG_STEP_MS) {
    await example.ask('/v1/districts/example/clock', admin, { nowMs: atMs });
  }
}

/** The unit says nothing until it asks for help, at an instant of the log in which nothing else is said: so its alert has one id. */
async function callForHelp(t: TestScope, example: ExampleServer): Promise<void> {
  const url = `${example.url.replace(/^http/, 'ws')}/v1/ingest`;
  const client = new TrackerClient({ url, token: await example.token('tracker', 'bd-1'), tracker: 'bd-1' });
  t.teardown(() => client.close());
  const call = { eventTimeMs: CALL_MS, position: null, located: null, satellites: 12, sos: true };
  const unsaid = {
    altitudeDm: null,
    speedCmps: null,
    courseCdeg: null,
    beidouSatellites: null,
    hdopCenti: null,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    backfill: null,
  };
  await goTo(example, CALL_MS, CALL_MS + LOG_STEP_MS);
  await client.send([{ ...unsaid, ...call } satisfies Fix]);
  await goTo(example, CALL_MS + LOG_STEP_MS, CALL_MS + 2 * LOG_STEP_MS);
}

/** Who may ask for the example of a route. */
function askerOf(route: RouteName): readonly [role: Role, subject: string] {
  const { roles }: Permission = PERMISSIONS[ROUTES[route]];
  if (roles.includes('supervisor')) return ['supervisor', 'li'];
  return roles.includes('tracker') ? ['tracker', 'bd-1'] : ['admin', 'li'];
}

/** The request that a route's documentation shows. */
function requestOf(document: OpenApi, route: RouteName): { url: string; documented: Documented; body: unknown } {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(/:(\w+)/g, '{$1}');
  const documented = document.paths[path]?.[method.toLowerCase()];
  if (documented === undefined) throw new Error(`got no ${route} in the document, expected it`);
  const shown = (where: string) =>
    (documented.parameters ?? []).flatMap(({ name, in: part, example }) =>
      part === where && example !== undefined ? [[name, String(example)] as const] : [],
    );
  const filled = shown('path').reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  const query = new URLSearchParams(Object.fromEntries(shown('query')));
  const body = documented.requestBody?.content['application/json']?.example;
  return { url: query.size === 0 ? filled : `${filled}?${query}`, documented, body };
}

/** Of a route in the document, as a part of a URI. */
function pointerOf(route: RouteName): string {
  const [method = '', pattern = ''] = route.split(' ');
  const parts = [pattern.replace(/:(\w+)/g, '{$1}'), method.toLowerCase()];
  return parts.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/');
}

t.test('every example of the OpenAPI document runs against a live server, and is answered as documented', async (t) => {
  const example = await startExampleServer(t, { startMs: START_MS });
  await goTo(example, START_MS, CALL_MS);
  const document = (await documentOf(example, '/v1/openapi.json')) as OpenApi;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  for (const route of Object.keys(OPERATIONS) as RouteName[]) {
    if (route.endsWith('/resolve')) await callForHelp(t, example);
    const { url, documented, body } = requestOf(document, route);
    t.notMatch(url, /[{}]/, `${route}: each part of the path has an example`);
    const response = await fetch(`${example.url}${url}`, {
      method: route.split(' ')[0] ?? '',
      headers: {
        authorization: `Bearer ${await example.token(...askerOf(route))}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const expected = REFUSED[route] ?? (response.status === 201 ? 201 : 200);
    t.equal(response.status, expected, `${documented.operationId}: ${text.slice(0, 200)}`);
    t.ok(documented.responses[response.status], `${route}: ${response.status} is documented`);
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    t.ok(documented.responses[response.status]?.content?.[mediaType], `${route}: ${mediaType} is documented`);
    if (!mediaType.endsWith('json')) continue;
    const schema = `openapi#/paths/${pointerOf(route)}/responses/${response.status}/content/${encodeURIComponent(mediaType.replace('/', '~1'))}/schema`;
    const isAsDocumented = ajv.compile({ $ref: schema });
    t.ok(isAsDocumented(JSON.parse(text)), `${route}: ${JSON.stringify(isAsDocumented.errors?.slice(0, 3))}`);
  }
});

t.test('every operation has an id of its own, every answer is described, and shapes have names', async (t) => {
  const example = await startExampleServer(t, { startMs: START_MS });
  const { paths, components } = (await documentOf(example, '/v1/openapi.json')) as OpenApi;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  t.equal(new Set(ids).size, Object.keys(ROUTES).length);
  for (const id of ids) t.match(id, /^[a-z][A-Za-z]+$/);
  for (const { operationId, responses } of operations) {
    for (const [status, { description }] of Object.entries(responses)) {
      t.ok(description.length > 5 && description !== 'Default Response', `${operationId} ${status}: ${description}`);
    }
  }
  const text = JSON.stringify(paths);
  for (const name of Object.keys(components.schemas)) {
    const used = `${text}${JSON.stringify(components.schemas)}`.includes(`"#/components/schemas/${name}"`);
    t.ok(used || name === 'TaskRecord' || name === 'UnitState', `${name} is used`);
  }
  t.notMatch(text, /x-expected/);
});

t.test(
  'a client that is generated from the OpenAPI document compiles in strict mode, and reaches the server',
  async (t) => {
    const example = await startExampleServer(t, { startMs: START_MS });
    await goTo(example, START_MS, START_MS + 70_000);
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(await documentOf(example, '/v1/openapi.json')));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await symlink(projectPath('node_modules'), join(folder, 'node_modules'));
    const run = (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
      t.equal(status, 0, `${words[0]}: ${stdout}${stderr}`);
    };
    run(projectPath('node_modules/oazapfts/dist/cli.js'), 'openapi.json', 'client.ts');
    await writeFile(
      join(folder, 'use.ts'),
      `import { type Alert, type District, defaults, getDistrict, listAlerts } from './client.js';

export async function look(baseUrl: string, token: string): Promise<{ district: District; alerts: Alert[] }> {
  defaults.baseUrl = baseUrl;
  const o = { headers: { authorization: \`Bearer \${token}\` } };
  const district = await getDistrict('example', {}, o);
  const alerts = await listAlerts('example', { state: 'all', severity: 'high' }, o);
  if (district.status !== 200 || alerts.status !== 200) throw new Error('got a refusal');
  const names: string[] = alerts.data.items.map(({ sentence }) => sentence.en);
  if (names.some((name) => name === '')) throw new Error('an alert without a sentence');
  return { district: district.data, alerts: alerts.data.items };
}
`,
    );
    const compilerOptions = {
      strict: true,
      noUncheckedIndexedAccess: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: [],
      outDir: 'made',
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    run(projectPath('node_modules/typescript/bin/tsc'), '-p', '.');
    const { look } = (await import(pathToFileURL(join(folder, 'made/use.js')).href)) as {
      readonly look: (url: string, token: string) => Promise<{ district: object; alerts: readonly unknown[] }>;
    };
    t.match(await look(example.url, await example.token('supervisor', 'li')), {
      district: { district: 'example', name: { en: 'Example' } },
      alerts: [],
    });
  },
);

t.test(
  'the AsyncAPI document is one, and names every message of both sockets; the proto file is the one in use',
  async (t) => {
    const example = await startExampleServer(t, { startMs: START_MS });
    const document = (await documentOf(example, '/v1/asyncapi.json')) as {
      channels: Record<string, { messages: Record<string, { summary?: string }> }>;
    };
    const schema = JSON.parse(
      await readFile(nodeRequire.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
    ) as object;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
    const isAsyncApi = ajv.compile(schema);
    t.ok(isAsyncApi(document), JSON.stringify(isAsyncApi.errors?.slice(0, 5)));
    const { live, trackers } = document.channels;
    t.strictSame(Object.keys(trackers?.messages ?? {}), ['TrackerFrame', 'ServerFrame']);
    t.equal(Object.keys(live?.messages ?? {}).length, 11);
    for (const { summary } of Object.values(live?.messages ?? {})) t.ok(summary);
    const refs = JSON.stringify(document).match(/"#\/[^"]*"/g) ?? [];
    for (const ref of new Set(refs)) {
      const found = (JSON.parse(ref) as string)
        .slice(2)
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
      t.ok(found, `${ref} is there`);
    }
    const proto = await fetch(`${example.url}/v1/tracker.proto`);
    t.match(proto.headers.get('content-type'), /^text\/plain/);
    const root = protobuf.parse(await proto.text()).root;
    t.ok(root.lookupType('beatwatch.v1.TrackerFrame'));
    const schemas = (await documentOf(example, '/v1/schemas')) as Record<string, { $id: string; $schema: string }>;
    for (const [name, { $id, $schema }] of Object.entries(schemas)) {
      t.equal($id, `urn:beatwatch:schema:${name}`);
      t.equal($schema, 'https://json-schema.org/draft/2020-12/schema');
    }
  },
);
