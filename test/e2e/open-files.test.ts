import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openSite, serve, until } from './served-district.js';

/** Whether anybody but the owner can come to read a file: by its own mode and that of every folder above it. */
async function readableByOthers(folder: string, open = true): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const mode = (await stat(path).catch(() => null))?.mode ?? 0;
    if (entry.isDirectory()) found.push(...(await readableByOthers(path, open && (mode & 0o055) !== 0)));
    else if (open && (mode & 0o044) !== 0) found.push(path);
  }
  return found;
}

t.test('of all that a server leaves in its data folder others can read the public keys alone', async (t) => {
  const site = await openSite(t);
  const server = await serve(t, site);
  await until(async () => (await fetch(`${site.url}/healthz`)).status === 200);
  await sleep(500);
  server.process.kill('SIGTERM');
  t.equal(await server.exit, 0);
  t.strictSame((await readdir(site.folder)).filter((name) => ['keys', 'redis', 'snapshots'].includes(name)).sort(), [
    'keys',
    'redis',
    'snapshots',
  ]);
  t.ok((await readdir(join(site.folder, 'snapshots', 'meixian'))).length > 0, 'a snapshot was left');
  const open = await readableByOthers(site.folder);
  t.strictSame(
    open.filter((path) => !path.endsWith('public.jwks')),
    [],
  );
});
