import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import t from 'tap';
import type { AlertVersion } from '../../src/model/alert.js';
import { temporaryFolder } from '../support/redis-server.js';
import { beatwatch, MEIXIAN } from './programs.js';

t.setTimeout(600_000);

/** Every file of alerts in an archive, with one word of each version changed. */
async function tamper(archive: string, from: string, to: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const name of readdirSync(join(archive, 'parts')).filter((one) => one.endsWith('.alerts.parquet'))) {
    const path = join(archive, 'parts', name);
    const changed = `SELECT * REPLACE (replace(json, '${from}', '${to}') AS json) FROM read_parquet('${path}')`;
    await connection.run(`COPY (${changed}) TO '${path}.new' (FORMAT parquet)`);
    renameSync(`${path}.new`, path);
  }
  connection.closeSync();
  instance.closeSync();
}

t.test(
  'an archived demo gives the alerts that were told, and one that was changed is named with its reason',
  async (t) => {
    const folder = join(await temporaryFolder(t), 'kept');
    const demo = await beatwatch(t, ['demo', '--district', MEIXIAN, '--span', '40m', '--json', '--keep', folder]);
    t.equal(demo.code, 0, demo.stderr.slice(-1_000));
    const archive = join(folder, 'archive', 'meixian');
    const keys = join(folder, 'keys', 'public.jwks');
    const first = JSON.parse(
      demo.stdout.split('\n').find((line) => line.includes('"type":"alert"')) ?? '{}',
    ) as AlertVersion;
    const day = new Date(first.atMs + 8 * 3_600_000).toISOString().slice(0, 10);
    const replay = (...more: string[]) =>
      beatwatch(t, ['replay', '--archive', archive, '--day', day, '--json', ...more]);

    const same = await replay('--keys', keys);
    t.equal(same.code, 0, same.stdout.slice(-2_000) + same.stderr.slice(-1_000));
    const summary = JSON.parse(same.stdout.trimEnd()) as { readonly alerts: number; readonly visits: number };
    t.match(summary, { type: 'replayed', ok: true, differences: 0 });
    t.ok(summary.alerts > 0 && summary.visits > 0, same.stdout);

    await tamper(archive, '"acknowledged":false', '"acknowledged":true');
    const verified = await replay('--keys', keys);
    t.equal(verified.code, 1);
    t.match(verified.stdout, /"type":"fault".*"what":"(changed|truncated)"/);
    const other = await replay();
    t.equal(other.code, 1, other.stdout.slice(-500));
    const lines = other.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    t.match(lines.at(-1), { type: 'replayed', ok: false });
    t.ok(
      lines.slice(0, -1).every(({ type, is, why }) => type === 'difference' && is === 'changed' && why === 'record'),
    );
    t.ok(lines.length > 1);
  },
);

t.test('a folder that is no archive is refused with what was got', async (t) => {
  const folder = await temporaryFolder(t);
  const ended = await beatwatch(t, ['replay', '--archive', folder, '--day', '2026-11-24']);
  t.equal(ended.code, 1);
  t.match(ended.stderr, /got no line of a manifest, expected the archive of a district/);
  const without = await beatwatch(t, ['replay', '--archive', folder]);
  t.match(without.stderr, /got no --archive or no --day, expected both/);
});
