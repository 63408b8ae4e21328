import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { archiveKeys } from '../../src/archive/keys.js';
import { verifyArchive } from '../../src/archive/verify.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { compareLogIds, LOG_START } from '../../src/model/log-id.js';
import { createRandom } from '../../src/simulator/random.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';
import type { Program } from './archiver-program.js';
import { drawEntries } from './kept-log.js';
import { gather, plain } from './support.js';

const SEED = Number(process.env.SEED ?? 4);
const KILLS = Number(process.env.KILLS ?? 4);
const ENTRIES = 1_000;
const random = createRandom(SEED, 'kills');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = archiveKeys([['a', publicKey.export({ format: 'jwk' })]]);
const all = { after: LOG_START, upTo: { ms: Number.MAX_SAFE_INTEGER, seq: 0 } };

/** A folder, and the log that is archived into it. */
interface Run {
  readonly folder: string;
  readonly seed: number;
  readonly log: readonly RawEntry[];
}

async function newRun(scope: TestScope, seed: number): Promise<Run> {
  return { folder: await temporaryFolder(scope), seed, log: drawEntries(createRandom(seed, 'log'), ENTRIES) };
}

function start({ folder, seed }: Run): ChildProcess {
  const jwk = privateKey.export({ format: 'jwk' }) as Program['jwk'];
  const program: Program = { folder, seed, entries: ENTRIES, entriesPerPart: 40, kid: 'a', jwk };
  const path = join(import.meta.dirname, 'archiver-program.js');
  return spawn(process.execPath, [path, JSON.stringify(program)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What is archived and what the log has after it is the log, each entry once; and all of it is signed. */
async function check(
  t: { strictSame(a: unknown, b: unknown, why: string): unknown },
  { folder, log }: Run,
  when: string,
): Promise<ArchiveFolder> {
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  const archived = await gather(archive.read(all));
  await archive.close();
  const tail = log.filter(({ id }) => compareLogIds(id, archive.upTo) > 0);
  t.strictSame(plain([...archived, ...tail]), plain(log), `${when}: ${archived.length} archived`);
  return archive;
}

/** A kill takes a second or two. */
t.setTimeout(300_000 + KILLS * 20_000);

t.test(
  `seed ${SEED}: the archive is killed ${KILLS} times, and archive and log are what was logged (A1)`,
  async (t) => {
    let killed = 0;
    for (let seed = SEED; killed < KILLS; seed += 1) {
      const run = await newRun(t, seed);
      for (let isWhole = false; killed < KILLS && !isWhole; ) {
        const child = start(run);
        t.teardown(() => child.kill('SIGKILL'));
        const ended = once(child, 'exit');
        await once(child.stdout ?? child, 'data');
        await Promise.race([ended, sleep(random.integer(0, 800))]);
        child.kill('SIGKILL');
        await ended;
        killed += 1;
        const archive = await check(t, run, `kill ${killed}`);
        // The next kill is of an archive that begins.
        isWhole = compareLogIds(archive.upTo, run.log.at(-1)?.id ?? LOG_START) === 0;
      }
      const [code] = (await once(start(run), 'exit')) as [number];
      t.equal(code, 0);
      const archive = await check(t, run, 'in the end');
      await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
      const { faults, entries } = await verifyArchive({ folder: run.folder, keys });
      t.strictSame(faults, []);
      t.equal(entries, ENTRIES);
    }
  },
);

t.test('two archivers on one folder publish each part once (A1)', async (t) => {
  const run = await newRun(t, SEED);
  const children = [start(run), start(run)];
  const codes = await Promise.all(children.map(async (child) => ((await once(child, 'exit')) as [number])[0]));
  t.strictSame(codes, [0, 0]);
  const archive = await check(t, run, 'both');
  const { faults } = await verifyArchive({ folder: run.folder, keys });
  t.strictSame(faults, [], 'and what the other one had written is gone');
  t.equal(readdirSync(join(run.folder, 'manifest')).length, archive.lines.length);
});
