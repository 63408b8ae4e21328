import t, { type Test } from 'tap';
import WebSocket from 'ws';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { openRedis } from '../../src/redis/handle.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, longStand, SQUARE, standingAt } from './all-day-district.js';
import { beatwatch } from './programs.js';
import { openSite, type Served, type Site, serve, until } from './served-district.js';

t.setTimeout(180_000);

const MINUTE_MS = 60_000;

interface Deployment {
  readonly site: Site;
  readonly server: Served;
  /** Units that its live socket has shown a position of. */
  readonly shown: Set<string>;
}

/** A whole server of district `all-day` on one database of that Redis, and one supervisor's live socket. */
async function deploy(t: Test, socketPath: string, database: number): Promise<Deployment> {
  const district = await allDayDistrict(t);
  const site = await openSite(t, {
    BEATWATCH_DISTRICTS: district,
    REDIS_URL: `unix://${socketPath}?db=${database}`,
    BEATWATCH_PORT: '0',
  });
  const handle = await openRedis({ url: site.variables.REDIS_URL ?? '', dataFolder: site.folder, logger: keptLog() });
  await beginLog(handle, district, 20 * MINUTE_MS);
  await handle.close();
  const server = await serve(t, site);
  const shown = new Set<string>();
  let snapshots = 0;
  const socket = new WebSocket(
    `${server.url.replace(/^http/, 'ws')}/v1/districts/${ALL_DAY}/live`,
    'beatwatch.live.v1',
    { headers: { authorization: `Bearer ${await site.token('supervisor', 'anna')}` } },
  );
  t.teardown(() => socket.terminate());
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string; positions?: { unit: string }[] };
    if (message.type === 'snapshot') snapshots += 1;
    for (const { unit } of message.positions ?? []) shown.add(unit);
  });
  await until(() => snapshots === 1, 'the live socket');
  return { site, server, shown };
}

async function report(t: Test, { site, server }: Deployment, tracker: string): Promise<TrackerClient> {
  const url = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
  const client = new TrackerClient({ url, tracker, token: await site.token('tracker', tracker) });
  t.teardown(() => client.close());
  t.match(await client.send([...longStand().slice(-1), standingAt(SQUARE, Date.now())]), {
    durable: true,
    refusal: null,
  });
  return client;
}

t.test('two deployments on two databases of one Redis, the same district: nothing crosses [deployments]', async (t) => {
  const { socketPath, handle } = await startTestRedis(t);
  const production = await deploy(t, socketPath, 0);
  const training = await deploy(t, socketPath, 1);
  const car1 = await report(t, production, 'bd-1');
  await until(() => production.shown.has('car-1'), 'the position in production');

  await report(t, training, 'bd-1');
  await report(t, training, 'bd-2');
  await until(() => training.shown.has('car-2'), 'the position in training');
  t.match(await car1.send([standingAt(SQUARE, Date.now())]), { durable: true, refusal: null });
  t.equal(car1.counters.connections, 1, 'no tracker of production was closed');
  t.strictSame([...production.shown], ['car-1'], "nor is a position of the training shown on production's socket");
  t.strictSame([...training.shown].sort(), ['car-1', 'car-2']);
  const channels = (await handle.connect('query').call('PUBSUB', 'SHARDCHANNELS')) as string[];
  t.equal(new Set(channels).size, 4, channels.join());
});

t.test('a REDIS_URL that cannot be meant ends the start by name, without a stack and without the secret', async (t) => {
  const { socketPath } = await startTestRedis(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t) });
  const cases: [string, RegExp][] = [
    [`unix://${socketPath}?db=99`, /^beatwatch: REDIS_URL: got database 99, expected one that this Redis has/],
    ['redis://127.0.0.1/prod', /^beatwatch: REDIS_URL: got "\/prod" after the host, expected/],
    ['redis://127.0.0.1:99999', /^beatwatch: REDIS_URL: got port 99999, expected/],
    ['redis://:hunter2@#x@127.0.0.1', /^beatwatch: REDIS_URL: got a user or password .*percent-encoded/],
  ];
  for (const [REDIS_URL, message] of cases) {
    const { code, stderr } = await beatwatch(t, ['serve'], { ...site.variables, REDIS_URL });
    t.equal(code, 1, REDIS_URL);
    t.match(
      stderr.split('\n').find((line) => line.startsWith('beatwatch:')),
      message,
    );
    t.notMatch(stderr, /^ {4}at |hunter2/m);
  }
});
