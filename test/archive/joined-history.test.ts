import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Archiver } from '../../src/archive/archiver.js';
import { joinedHistory } from '../../src/archive/joined-history.js';
import type { LogHistory } from '../../src/log/log-history.js';
import { logTimeOf, type RawEntry } from '../../src/log/raw-entry.js';
import { createRandom } from '../../src/simulator/random.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';
import { drawEntries } from './kept-log.js';
import { ModelLog } from './model-log.js';
import { plain, raw, testKeys } from './support.js';

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const { signer } = testKeys();

/** Archives all that the log has, and trims it up to there. */
async function archiveAndTrim(folder: string, log: ModelLog): Promise<void> {
  const stop = new AbortController();
  const archiver = new Archiver({
    folder,
    district: 'example',
    signer,
    foldVersion: 2,
    openReader: (from, fromDigest) => {
      let [after, digest] = [from, fromDigest];
      return {
        read: async () => {
          const entries = log.readAfter(after, digest, 50);
          [after, digest] = [entries.at(-1)?.id ?? after, null];
          if (entries.length === 0) stop.abort();
          return entries;
        },
      };
    },
    setArchived: async (upTo) => log.setArchived(upTo),
    nowMs: () => 1_800_000_000_000,
    flush: { entries: 100 },
    logger: keptLog(),
  });
  await archiver.run(stop.signal);
  log.trim(0);
}

async function readAll(history: LogHistory, times = ALL): Promise<RawEntry[]> {
  const read: RawEntry[] = [];
  await history.read({ ...times, visit: (entries) => read.push(...entries) });
  return read;
}

t.test('what is archived and trimmed while the archive is read is read all the same, once (A2)', async (t) => {
  const folder = await temporaryFolder(t);
  const entries = drawEntries(createRandom(3, 'joined'), 700);
  const log = new ModelLog();
  const waiting = [entries.slice(300, 500), entries.slice(500)];
  for (const entry of entries.slice(0, 300)) log.append(entry);
  await archiveAndTrim(folder, log);
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => archive.close());
  // Each time that it comes to the log, more of it has gone into the archive.
  const tail: LogHistory = {
    begins: () => log.history.begins(),
    read: async (stretch) => {
      for (const entry of waiting.shift() ?? []) log.append(entry);
      await archiveAndTrim(folder, log);
      return await log.history.read(stretch);
    },
  };
  t.strictSame(plain(await readAll(joinedHistory(archive, tail))), plain(entries));
  t.equal(waiting.length, 0, 'it happened twice');
});

t.test('a log that ran ahead and was resumed is read by its own times, wherever it lies (A2)', async (t) => {
  const folder = await temporaryFolder(t);
  const log = new ModelLog();
  const entries: RawEntry[] = [];
  const START_MS = 1_800_000_000_000;
  const add = (ms: number, atMs?: number) => {
    const entry = raw({ ms, seq: entries.length }, { kind: 'tick' }, atMs);
    entries.push(entry);
    log.append(entry);
  };
  for (let i = 0; i < 60; i += 1) add(START_MS + i * 1_000);
  const ahead = START_MS + 8 * 3_600_000;
  add(ahead);
  for (let i = 60; i < 120; i += 1) add(ahead, START_MS + i * 1_000);
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  t.teardown(() => archive.close());
  for (const where of ['in the archive', 'partly in the log']) {
    if (where === 'in the archive') await archiveAndTrim(folder, log);
    else for (let i = 120; i < 160; i += 1) add(ahead, START_MS + i * 1_000);
    for (const [from, to] of [
      [0, 40],
      [50, 90],
      [70, 110],
      [100, 155],
    ] as const) {
      const times = { fromMs: START_MS + from * 1_000, toMs: START_MS + to * 1_000 };
      const within = entries.filter((entry) => logTimeOf(entry) >= times.fromMs && logTimeOf(entry) < times.toMs);
      t.strictSame(
        plain(await readAll(joinedHistory(archive, log.history), times)),
        plain(within),
        `${where}: ${from}`,
      );
    }
  }
});
