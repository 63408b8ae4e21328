import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type ExampleServer, startExampleServer } from '../documents/example-server.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { beside, shown, wordsOf } from './beside-server.js';

/** 08:50 in China, on the day of the manual's order. */
const START_MS = Date.parse('2026-11-24T08:50:00+08:00');

async function site(t: TestScope): Promise<{ server: ExampleServer; admin: string; folder: string }> {
  const server = await startExampleServer(t, { startMs: START_MS });
  const admin = await server.token('admin', 'anna');
  await server.ask('/v1/districts/example/clock', admin, { nowMs: START_MS + 120_000 });
  return { server, admin, folder: await temporaryFolder(t) };
}

t.test('an operation order is made and ended as the manual shows', async (t) => {
  const { server, admin, folder } = await site(t);
  await writeFile(join(folder, 'concert.json'), shown('order-file'));
  const more = ['--url', server.url];
  const made = await beside(t, admin, [...wordsOf('order'), ...more], folder);
  t.match(made, { status: 0, stdout: shown('order-output'), stderr: '' });
  const orders = async () => (await server.ask('/v1/districts/example/orders', admin)) as { items: readonly object[] };
  t.match(await orders(), {
    items: [{ id: 'concert', state: 'waiting', actor: 'anna', places: ['north-gate', 'stage'], closed: ['square'] }],
  });
  const ended = await beside(t, admin, [...wordsOf('order-end'), ...more], folder);
  t.match(ended, { status: 0, stdout: shown('order-end-output'), stderr: '' });
  t.match(await orders(), { items: [{ state: 'withdrawn', ended: { reason: 'it rains', actor: 'anna' } }] });
});

t.test('a wrong order is told with all its faults, and nothing is made', async (t) => {
  const { server, admin, folder } = await site(t);
  const order = JSON.parse(shown('order-file')) as object;
  await writeFile(
    join(folder, 'wrong.json'),
    JSON.stringify({ ...order, closed: ['sqare'], duty: [{ unit: 'car-9' }] }),
  );
  const words = ['district', 'order', 'wrong.json', '--url', server.url];
  const refused = await beside(t, admin, words, folder);
  t.equal(refused.status, 1);
  t.match(
    refused.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { type: 'fault', path: '/closed/0', reason: /did you mean "square"/ },
      { type: 'fault', path: '/duty/0/unit' },
    ],
  );
  await writeFile(join(folder, 'broken.json'), '{');
  const broken = await beside(t, admin, ['district', 'order', 'broken.json', '--url', server.url], folder);
  t.match(broken, { stderr: /broken\.json: got .*, expected the JSON of an operation order/ });
  t.match(await server.ask('/v1/districts/example/orders', admin), { items: [] });
});
