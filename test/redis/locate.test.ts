import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { locateRedis } from '../../src/redis/locate.js';
import { temporaryFolder } from '../support/redis-server.js';

/** A program that says that it is a Redis of this version. */
async function program(path: string, version: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\necho "Redis server v=${version} sha=0"\n`);
  await chmod(path, 0o755);
  return path;
}

t.test('the server that the set-up has unpacked is used where PATH has none that is new enough', async (t) => {
  const folder = await temporaryFolder(t);
  const onPath = join(folder, 'path');
  await mkdir(onPath);
  const unpacked = await program(join(folder, 'unpacked'), '7.4.1');
  const { PATH } = process.env;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = onPath;
  const used = await locateRedis(undefined, unpacked);
  t.strictSame(used, { path: unpacked, version: '7.4.1' }, 'nothing on PATH');

  await program(join(onPath, 'redis-server'), '6.0.16');
  t.strictSame(await locateRedis(undefined, unpacked), used, 'an old one on PATH');
  await t.rejects(locateRedis(undefined, join(folder, 'nothing')), { code: 'redis-too-old', message: /6\.0\.16/ });

  await program(join(onPath, 'valkey-server'), '8.0.1');
  t.match(await locateRedis(undefined, unpacked), { path: 'valkey-server', version: '8.0.1' }, 'PATH goes first');
});
