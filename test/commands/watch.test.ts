import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import t from 'tap';
import { startRig, type Rig } from '../api/rig.js';
import { until } from '../api/until.js';
import { projectPath } from '../documents/project.js';
import type { TestScope } from '../support/redis-server.js';

interface Told extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly transition?: number;
}

/** `beatwatch watch` with this token. */
function watch(t: TestScope, token: string, ...words: string[]) {
  const child = spawn(process.execPath, [projectPath('dist/src/cli.js'), 'watch', ...words], {
    env: { ...process.env, BEATWATCH_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  let stderr = '';
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  child.stderr.on('data', (part: Buffer) => {
    stderr += String(part);
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const told = () => lines.map((line) => JSON.parse(line) as Told);
  return { child, lines, told, ended, stderr: () => stderr };
}

/** A way to the server that can be cut. */
async function openWay(t: TestScope, rig: Rig) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    if (isCut) return socket.destroy();
    const further = connect(Number(new URL(rig.url).port), '127.0.0.1');
    for (const one of [socket, further]) {
      sockets.add(one);
      one.on('error', () => one.destroy()).on('close', () => void [socket.destroy(), further.destroy()]);
    }
    socket.pipe(further).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    cut: (now: boolean) => {
      isCut = now;
      if (now) for (const socket of sockets) socket.destroy();
    },
  };
}

t.test('`beatwatch watch` tells what is open, then each alert once, over a broken link too', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: 'open' }, { alertId: 'gone', condition: 'cleared', acknowledged: true }] });
  const way = await openWay(t, rig);
  const watching = watch(t, await rig.token({ role: 'supervisor' }), '--url', way.url, '--json');
  await until(() => watching.told().length === 1);
  t.match(watching.told(), [{ type: 'open', alertId: 'open' }]);
  await engine.emit({ alerts: [{ alertId: 'a1' }] });
  await until(() => watching.told().length === 2);
  way.cut(true);
  await engine.emit({ alerts: [{ alertId: 'a2' }, { alertId: 'a3' }] });
  way.cut(false);
  await until(() => watching.told().length === 4);
  await engine.emit({ alerts: [{ alertId: 'a4' }] });
  await until(() => watching.told().length === 5);
  t.strictSame(
    watching.told().map(({ type, transition }) => [type, transition]),
    [
      ['open', 1],
      ['alert', 3],
      ['alert', 4],
      ['alert', 5],
      ['alert', 6],
    ],
  );
  watching.child.kill('SIGINT');
  t.equal(await watching.ended, 0, watching.stderr());

  const resumed = watch(
    t,
    await rig.token({ role: 'supervisor' }),
    '--url',
    rig.url,
    '--district',
    'meixian',
    '--after',
    '4',
  );
  await until(() => resumed.lines.length === 5);
  t.equal(resumed.lines[0], 'Following meixian after transition 4.');
  t.match(resumed.lines[1], /^\d\d:\d\d:\d\d {2}▲ raised {7}\w+ +\S/, 'for people, in the time of the district');
  t.equal(resumed.lines[2], "          ALERT_ID='a3' VERSION=1", 'what an action on it needs');
  resumed.child.kill('SIGINT');
  t.equal(await resumed.ended, 0);
  t.equal(resumed.lines.at(-1), 'Go on with --after 6.');
});

t.test('it says at once what it follows and what is open, for people', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: 'open' }] });
  const watching = watch(t, await rig.token({ role: 'supervisor' }), '--url', rig.url);
  await until(() => watching.lines.length === 3);
  t.equal(watching.lines[0], 'Following meixian, 1 open alert.');
  t.match(watching.lines[1], /▲ raised/);
  t.equal(watching.lines[2], "          ALERT_ID='open' VERSION=1");
});

t.test('what is refused for good ends it, with why', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const auditor = await rig.token({ role: 'auditor' });
  const cases: readonly (readonly [token: string, words: string[], why: RegExp])[] = [
    ['', [], /BEATWATCH_TOKEN is missing/],
    ['nonsense', [], /got 401 .*token-malformed/],
    [token, ['--district', 'jiaying'], /got 403 .*token-district/],
    [token, ['--place', 'sqare'], /place-unknown.*sqare/],
    [auditor, [], /purpose-missing/],
    [auditor, ['--purpose', '投诉'], /token-role/],
  ];
  for (const [own, words, why] of cases) {
    const refused = watch(t, own, '--url', rig.url, ...words);
    t.equal(await refused.ended, 1, refused.stderr());
    t.match(refused.stderr(), why);
    t.notMatch(refused.stderr(), / {4}at /, 'no stack');
  }
  const nobody = watch(t, token, '--url', 'http://127.0.0.1:1');
  t.equal(await nobody.ended, 1);
  t.match(nobody.stderr(), /127\.0\.0\.1:1.*expected a running server; --url says which/);
});
