import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import type { PositionRecord } from '../../src/model/hot.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import type { TestScope } from '../support/redis-server.js';
import { type ExampleServer, startExampleServer } from './example-server.js';
import { API, HOT_STATE, readProject } from './project.js';

const ACTIONS = readProject(API);
const POSITIONS = readProject(HOT_STATE);
/** 08:30 on the district's clock. */
const START_MS = Date.UTC(2026, 10, 24, 0, 30);
const LOG_STEP_MS = 5_000;
const CLI = 'redis-cli';
const hasCli = spawnSync(CLI, ['--version']).status === 0;

/** A server whose plan is in force. */
async function startDay(t: TestScope): Promise<{ example: ExampleServer; goTo: (nowMs: number) => Promise<void> }> {
  const example = await startExampleServer(t, { startMs: START_MS });
  const admin = await example.token('admin', 'driver');
  let atMs = START_MS;
  const goTo = async (nowMs: number): Promise<void> => {
    while (atMs < nowMs) {
      atMs = Math.min(atMs + LOG_STEP_MS, nowMs);
      await example.ask('/v1/districts/example/clock', admin, { nowMs: atMs });
    }
  };
  await goTo(START_MS + 70_000);
  return { example, goTo };
}

async function startTracker(t: TestScope, example: ExampleServer, tracker: string): Promise<TrackerClient> {
  const url = `${example.url.replace(/^http/, 'ws')}/v1/ingest`;
  const client = new TrackerClient({ url, token: await example.token('tracker', tracker), tracker });
  t.teardown(() => client.close());
  return client;
}

function aFix(eventTimeMs: number): Fix {
  return {
    eventTimeMs,
    position: null,
    altitudeDm: null,
    speedCmps: null,
    courseCdeg: null,
    located: null,
    satellites: 12,
    beidouSatellites: null,
    hdopCenti: 90,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
  };
}

/** Rows `| \`route\` | \`{…}\` |` of the manual between two texts. */
function bodiesBetween(from: string, to: string): readonly (readonly [route: string, body: Record<string, unknown>])[] {
  const text = ACTIONS.slice(ACTIONS.indexOf(from), ACTIONS.indexOf(to));
  return [...text.matchAll(/^\| `([^`]+)` \| `(\{[^`]*\})` \|/gm)].map(([, route = '', json = '']) => [
    route,
    JSON.parse(json) as Record<string, unknown>,
  ]);
}

t.test('each action and task that is shown does what it says', async (t) => {
  const { example, goTo } = await startDay(t);
  const token = await example.token('supervisor', 'li');
  await goTo(START_MS + 180_000);
  const open = (await example.ask('/v1/districts/example/alerts?rule=tracker-silence', token)) as {
    items: AlertVersion[];
  };
  let alert = open.items[0];
  t.match(alert, { rule: 'tracker-silence', condition: 'active' });
  const changes: string[] = [];
  for (const [action, body] of bodiesBetween('| `POST …/alerts/:alertId/` |', 'A **task** says')) {
    // Only a call for help ends by a person's word.
    if (action === 'resolve') {
      const eventTimeMs = START_MS + 180_000;
      await (await startTracker(t, example, 'bd-1')).send([{ ...aFix(eventTimeMs), sos: true }]);
      await goTo(eventTimeMs + 2_000);
      const calls = (await example.ask('/v1/districts/example/alerts?rule=sos', token)) as { items: AlertVersion[] };
      alert = calls.items[0];
    }
    const path = `/v1/districts/example/alerts/${alert?.alertId}/${action}`;
    const answer = (await example.ask(path, token, { ...body, version: alert?.version })) as { alert: AlertVersion };
    alert = answer.alert;
    changes.push(alert.change);
  }
  t.strictSame(changes, ['acknowledged', 'commented', 'shelved', 'unshelved', 'resolved']);
  const tasks = bodiesBetween('| `POST …/` |', 'Without `from` it begins now');
  t.equal(tasks.length, 2);
  for (const [path, body] of tasks) {
    t.match(await example.ask(`/v1/districts/example/${path}`, token, body), { task: { taskId: 'escort-17' } }, path);
  }
});

t.test('each statement that is shown does what it says of a unit that is silent', async (t) => {
  const { example, goTo } = await startDay(t);
  const token = await example.token('supervisor', 'li');
  let atMs = START_MS + 180_000;
  await goTo(atMs);
  const square = async (): Promise<object> => {
    atMs += 5_000;
    await goTo(atMs);
    const { items } = (await example.ask('/v1/districts/example/coverage', token)) as { items: { place: string }[] };
    return items.find(({ place }) => place === 'square') ?? {};
  };
  t.match(await square(), { presence: 'unknown', possibleUnits: ['car-1'], statedUnits: [] });
  const expected = [
    { presence: 'covered', units: ['car-1'], statedUnits: ['car-1'], possibleUnits: [] },
    { presence: 'uncovered', units: [], statedUnits: [], possibleUnits: [] },
    { presence: 'unknown', units: [], statedUnits: [], possibleUnits: ['car-1'] },
  ];
  const rows = bodiesBetween('A **statement** says', 'It holds from then on');
  t.equal(rows.length, expected.length);
  for (const [i, [path, body]] of rows.entries()) {
    const { statementId } = body;
    const answer = await example.ask(`/v1/districts/example/${path}`, token, body);
    t.match(answer, { statement: { statementId, actor: 'li', endedMs: null } });
    t.match(await square(), expected[i] ?? {}, String(statementId));
    const unit = (await example.ask('/v1/districts/example/units/car-1', token)) as { position: unknown };
    t.match(unit, { statement: { statementId } });
    t.equal(unit.position, null, 'a statement is no position');
  }
});

t.test(
  `redis-cli reads the latest positions as shown${hasCli ? '' : ' (skipped: redis-cli is not on PATH)'}`,
  { skip: !hasCli },
  async (t) => {
    const { example, goTo } = await startDay(t);
    const tracker = await startTracker(t, example, 'bd-1');
    const [name = '', json = ''] = /^car-1\n\{.*$/m.exec(POSITIONS)?.[0].split('\n') ?? [];
    const shown = JSON.parse(json) as PositionRecord;
    const eventTimeMs = START_MS + 70_000;
    const position = { lngE7: Math.round(shown.lng * 1e7), latE7: Math.round(shown.lat * 1e7) };
    await tracker.send([{ ...aFix(eventTimeMs), position }]);
    await goTo(START_MS + 72_000);
    const words = (/^redis-cli -s \S+ (.*)$/m.exec(POSITIONS)?.[1] ?? '').split(' ');
    const socket = join(example.dataFolder, 'redis/redis.sock');
    const { stdout } = spawnSync(CLI, ['-s', socket, ...words.map((word) => word.replaceAll("'", ''))], {
      encoding: 'utf8',
    });
    t.equal(stdout, `${name}\n${JSON.stringify({ ...shown, eventTimeMs })}\n`);
    const documented = /^\| `positions` \|.*$/m.exec(POSITIONS)?.[0] ?? '';
    for (const field of Object.keys(shown)) t.ok(documented.includes(`"${field}"`), `${field} is documented`);
  },
);
