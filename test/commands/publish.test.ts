import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type ExampleServer, startExampleServer } from '../documents/example-server.js';
import { projectPath } from '../documents/project.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { beside, shown, wordsOf } from './beside-server.js';

/** 08:50 in China. The document publishes for 09:00. */
const START_MS = Date.parse('2026-11-24T08:50:00+08:00');

async function site(t: TestScope): Promise<{ server: ExampleServer; folder: string }> {
  const server = await startExampleServer(t, { startMs: START_MS });
  const admin = await server.token('admin', 'anna');
  await server.ask('/v1/districts/example/clock', admin, { nowMs: START_MS + 120_000 });
  const folder = join(await temporaryFolder(t), 'my-district');
  await cp(projectPath('fixtures/example'), folder, { recursive: true });
  const path = join(folder, 'plan.json');
  const plan = JSON.parse(await readFile(path, 'utf8')) as { rules: { id: string }[] };
  await writeFile(path, JSON.stringify({ ...plan, rules: plan.rules.filter(({ id }) => id !== 'silence') }));
  return { server, folder };
}

t.test('a folder is published as the manual shows', async (t) => {
  const { server, folder } = await site(t);
  const words = wordsOf('publish');
  const admin = await server.token('admin', 'anna');
  const more = ['--yes', '--url', server.url];
  const first = await beside(t, admin, [...words, ...more], join(folder, '..'));
  t.match(first, { status: 0, stdout: shown('publish-output'), stderr: '' });
  const { items } = (await server.ask('/v1/districts/example/plans', admin)) as { items: readonly object[] };
  t.match(items, [
    { version: 2, published: { actor: 'anna', reason: 'the fair' } },
    { version: 1, published: null },
  ]);
  const again = await beside(t, admin, [...words, ...more, '--json'], join(folder, '..'));
  t.equal(again.status, 0);
  t.same(JSON.parse(again.stdout.trim().split('\n').at(-1) ?? ''), { type: 'ok', district: 'example', changes: 0 });
});

t.test('what a publication lacks is said, and what is wrong with a folder; the exit code says so, too', async (t) => {
  const { server, folder } = await site(t);
  const admin = await server.token('admin', 'anna');
  const publish = (token: string, ...words: string[]) =>
    beside(t, token, ['district', 'publish', folder, '--url', server.url, ...words]);
  t.match(await publish(admin, '--yes'), { status: 2, stderr: /--reason is missing/ });
  t.match(await publish(admin, '--reason', 'x'), {
    status: 2,
    stderr: /--yes is missing, and there is no terminal to ask/,
  });
  t.match(await publish('', '--yes', '--reason', 'x'), { status: 1, stderr: /BEATWATCH_TOKEN is missing/ });
  t.match(await publish(admin, '--yes', '--reason', 'x', '--in-force', 'tomorrow'), {
    status: 2,
    stderr: /--in-force/,
  });
  const past = await publish(admin, '--yes', '--reason', 'x', '--in-force', '2026-11-24T08:00:00+08:00');
  t.match(past, { status: 1, stderr: /got 400 .*body\/from/ });
  t.match(await publish(await server.token('supervisor', 'li'), '--yes', '--reason', 'x'), {
    status: 1,
    stderr: /token-role/,
  });
  const units = join(folder, 'units.json');
  const text = await readFile(units, 'utf8');
  await writeFile(units, text.replace('"duty": "day"', '"duty": "night"'));
  const wrong = await publish(admin, '--yes', '--reason', 'x');
  t.match(wrong, { status: 1, stdout: /^\{"type":"fault","file":"units.json","path":"\/units\/0\/duty"/ });
  const { items } = (await server.ask('/v1/districts/example/plans', admin)) as { items: readonly object[] };
  t.equal(items.length, 1, 'nothing was published');
});
