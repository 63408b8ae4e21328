import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { loadPublicKeys } from '../../src/access/keys.js';
import { DEFAULT_ROLES } from '../../src/config.js';
import { openRedis } from '../../src/redis/handle.js';
import { locateRedis } from '../../src/redis/locate.js';
import { allDayDistrict, beginLog } from '../e2e/all-day-district.js';
import { openSite, serve, until } from '../e2e/served-district.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';
import { beatwatch, OPERATIONS, readProject } from './project.js';

t.setTimeout(120_000);

const dockerfile = readProject('Dockerfile');
const compose = readProject('compose.yaml');

/** The lines of the list below a key of compose.yaml, unquoted. */
function listBelow(key: string): string[] {
  const block = new RegExp(`^( +)${key}:\\n((?:\\1  - .*\\n)+)`, 'm').exec(compose)?.[2] ?? '';
  return [...block.matchAll(/- (.*)$/gm)].map(([, item = '']) => item.replace(/^"(.*)"$/, '$1'));
}

t.test('the commands shown make a folder that any user may read, with public keys only', async (t) => {
  const block = /<!-- program: public-keys -->\n```sh\n([\s\S]*?)```/.exec(readProject(OPERATIONS))?.[1] ?? '';
  const [makeKeys = '', ...others] = block.trim().split('\n');
  t.equal(makeKeys, 'npx beatwatch token --new-keys');
  const folder = await temporaryFolder(t);
  t.equal(beatwatch(makeKeys.split(' ').slice(2), { cwd: folder }).status, 0);
  const { status, stderr } = spawnSync('sh', ['-ec', `umask 077; ${others.join('\n')}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  const source = /source: \.\/(\S+)\n\s+target: (\S+)\n\s+read_only: true/.exec(compose);
  t.equal(source?.[2], /BEATWATCH_PUBLIC_KEYS: (\S+)/.exec(compose)?.[1], 'what is mounted is what is read');
  const keys = join(folder, source?.[1] ?? '');
  t.strictSame(readdirSync(keys), ['public.jwks']);
  t.equal(statSync(keys).mode & 0o005, 0o005);
  t.equal(statSync(join(keys, 'public.jwks')).mode & 0o004, 0o004);
  t.notMatch(readFileSync(join(keys, 'public.jwks'), 'utf8'), /"d"/);
  t.equal((await loadPublicKeys(keys)).size, 1);
});

t.test('a server of compose.yaml has every role: it archives, so that its store does not fill', (t) => {
  const roles = /BEATWATCH_ROLES: (\S+)/.exec(compose)?.[1];
  t.strictSame(roles?.split(','), [...DEFAULT_ROLES, 'archive']);
  t.end();
});

t.test('the store of compose.yaml is set up as the server wants it', async (t) => {
  const [program, ...settings] = listBelow('command');
  t.match(program, /^(valkey|redis)-server$/);
  const folder = await temporaryFolder(t);
  const socketPath = join(folder, 'store.sock');
  const { path } = await locateRedis(process.env.REDIS_SERVER);
  const store = spawn(path, [...settings, '--port', '0', '--unixsocket', socketPath], { cwd: folder, stdio: 'ignore' });
  const ended = once(store, 'exit');
  t.teardown(async () => {
    store.kill('SIGKILL');
    await ended;
  });
  await using handle = await openRedis({ url: socketPath, dataFolder: folder, logger: keptLog() });
  t.match(await handle.check(), { ready: true, durable: true, accepting: true, problems: [] });
});

t.test('the image is healthy when the server is ready, and not before', async (t) => {
  const [program, ...args] = JSON.parse(/HEALTHCHECK [\s\S]*?CMD (\[.*\])/.exec(dockerfile)?.[1] ?? '[]') as string[];
  t.equal(program, 'node');
  const check = async (port: number) => {
    const env = { ...process.env, BEATWATCH_PORT: String(port) };
    const [code] = (await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')) as [number];
    return code;
  };
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
  const handle = await openRedis({ url: null, dataFolder: site.folder, logger: keptLog() });
  await beginLog(handle, district, 20 * 60_000);
  await handle.close();
  t.equal(await check(site.port), 1, 'nothing listens');
  await serve(t, site);
  await until(async () => (await fetch(`${site.url}/readyz`)).ok, 'a server that is ready');
  t.equal(await check(site.port), 0);

  const unready = createServer((request, response) => response.writeHead(request.url === '/healthz' ? 200 : 503).end());
  unready.listen(0, '127.0.0.1');
  await once(unready, 'listening');
  t.teardown(() => unready.close());
  t.equal(await check((unready.address() as { port: number }).port), 1, 'alive, and not ready');
});

t.test('the image, the engines and the README name the same versions of Node', async (t) => {
  const images = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) => major);
  t.strictSame(images, ['24', '24']);
  t.match(readProject('.dev/nodes.mjs'), "SUPPORTED = ['20', '22', '24']");
  t.match(readProject('README.md'), 'Node 20.19 or newer (tested on 20, 22 and 24)');
  t.match(readProject('package.json'), '"node": ">=20.19"');
});
