import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { end } from '../processes.js';

const VERSIONS = '/usr/lib/postgresql';
/** Who runs it when this process is root, which PostgreSQL refuses. */
const NOBODY = 65_534;
const START_WITHIN_MS = 30_000;

/** What a person does when there is none. */
export const HOW_TO_INSTALL =
  'no PostgreSQL here: `apt-get install postgresql` gives one, and the comparison is left out';

/** The folder of the newest server's programs, or null. */
export function findPostgres(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const folders = readdirSync(VERSIONS)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** A PostgreSQL of its own on a socket in a folder of its own, without a network. */
export class Postgres {
  readonly #server: ChildProcess;
  readonly client: pg.Client;

  private constructor(server: ChildProcess, client: pg.Client) {
    this.#server = server;
    this.client = client;
  }

  /** `folder` is empty; the server can read what lies in it. */
  static async start(programs: string, folder: string): Promise<Postgres> {
    const data = join(folder, 'data');
    await mkdir(data, { recursive: true });
    await chmod(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const one of [folder, data]) await chown(one, NOBODY, NOBODY);
    const [uid, gid] = isRoot ? [NOBODY, NOBODY] : [process.getuid?.(), process.getgid?.()];
    const as = { uid, gid, cwd: folder };
    const locale = ['--locale=C', '--encoding=UTF8'];
    execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', ...locale], {
      ...as,
      stdio: 'ignore',
    });
    const settings = [
      'shared_buffers=1GB',
      'effective_cache_size=4GB',
      'maintenance_work_mem=512MB',
      'max_wal_size=4GB',
    ];
    settings.push('listen_addresses=', `unix_socket_directories=${folder}`, 'random_page_cost=1.1', 'jit=off');
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    const server = spawn(join(programs, 'postgres'), args, { ...as, stdio: 'ignore' });
    const client = await connect(folder, server);
    return new Postgres(server, client);
  }

  async version(): Promise<string> {
    const { rows } = await this.client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  }

  async close(): Promise<void> {
    await this.client.end();
    // SIGINT ends its sessions at once.
    this.#server.kill('SIGINT');
    await end(this.#server);
  }
}

async function connect(folder: string, server: ChildProcess): Promise<pg.Client> {
  const deadlineMs = performance.now() + START_WITHIN_MS;
  for (;;) {
    const client = new pg.Client({ host: folder, user: 'bench', database: 'postgres' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (server.exitCode !== null || performance.now() > deadlineMs) throw error;
      await sleep(100);
    }
  }
}
