import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

t.test('snapshots say where officers were: nobody but their owner can read them, old ones included', async (t) => {
  const before = process.umask(0);
  t.teardown(() => process.umask(before));
  const folder = join(await temporaryFolder(t), 'snapshots', 'meixian');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, 0o755);
  const old = join(folder, `${'0'.repeat(16)}-000001-${'a'.repeat(16)}.snapshot`);
  await writeFile(old, 'old', { mode: 0o644 });
  const log = keptLog();
  const snapshots = await openSnapshotFolder(folder, log);
  const cursor = { logId: { ms: 1, seq: 0 }, foldVersion: 1, lastAlert: 0, lastVisit: 0 };
  await snapshots.write({ foldVersion: 1, cursor, state: {}, fixes: [] });
  t.equal(await modeOf(folder), 0o700);
  const names = await readdir(folder);
  t.equal(names.length, 2);
  for (const name of names) t.equal(await modeOf(join(folder, name)), 0o600, name);
  t.strictSame(log.lines, []);
});

t.test('a snapshot of many fixes is written in turns: others have the thread in between', async (t) => {
  const folder = join(await temporaryFolder(t), 'snapshots');
  const snapshots = await openSnapshotFolder(folder, keptLog());
  let rounds = 0;
  let timer = setImmediate(function round() {
    rounds += 1;
    timer = setImmediate(round);
  });
  t.teardown(() => clearImmediate(timer));
  const askedIn: number[] = [];
  const fixes = Array.from({ length: 20 }, (_, i) => ({
    tracker: `t-${i}`,
    get fixes() {
      askedIn.push(rounds);
      // As long as many fixes take.
      for (const sinceMs = performance.now(); performance.now() - sinceMs < 5; );
      return [];
    },
    points: [],
  }));
  const cursor = { logId: { ms: 1, seq: 0 }, foldVersion: 1, lastAlert: 0, lastVisit: 0 };
  await snapshots.write({ foldVersion: 1, cursor, state: {}, fixes });
  t.equal(askedIn.length, fixes.length);
  t.ok(new Set(askedIn).size >= 5, `asked in rounds ${askedIn}`);
});
