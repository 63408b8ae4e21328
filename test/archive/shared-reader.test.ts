import { readdir } from 'node:fs/promises';
import t from 'tap';
import { archivedPlans } from '../../src/archive/archived-plans.js';
import { openQuestionReader } from '../../src/archive/part-reader.js';
import { LOG_START } from '../../src/model/log-id.js';
import { at, circle, fix, plan, T0, unit } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { raw, testKeys } from './support.js';

/** A DuckDB has a folder of its own to spill into while it is open. */
const isOfDuck = (name: string): boolean => name.startsWith('beatwatch-spill-');

t.test(
  'whatever is read of an archive at once, one DuckDB reads it, and it is gone when the archive is closed',
  async (t) => {
    const [folder, temporary] = [await temporaryFolder(t), await temporaryFolder(t)];
    const published = plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] });
    const log = Array.from({ length: 300 }, (_, i) => {
      const batch = { tracker: 't-car-1', reportId: '00', fixes: [fix(T0 + i, at(0))], rejected: [] };
      return raw(
        { ms: T0 + i, seq: 0 },
        i === 0 ? { kind: 'plan', plan: published } : { kind: 'fixes', batches: [batch] },
      );
    });
    const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: 150 });
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    t.teardown(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    const opened = async (): Promise<number> => (await readdir(temporary)).filter(isOfDuck).length;
    const readings = [
      archive.read({ after: LOG_START, upTo: archive.upTo }),
      archive.read({ after: LOG_START, upTo: archive.upTo }),
      archive.readTimes({ fromMs: T0, toMs: T0 + 1_000 }),
    ];
    for (const reading of readings) t.ok(((await reading.next()).value ?? []).length > 0);
    t.match(await archivedPlans(archive), [{ loggedAtMs: T0, plan: { version: published.version } }]);
    t.equal(await opened(), 1, 'while they are read');
    for (const reading of readings) await reading.return(undefined);
    t.equal((await archive.lastEntry())?.id.ms, T0 + 299);
    t.equal(await opened(), 1, 'it is kept for the next question');
    await archive.close();
    t.equal(await opened(), 0);
  },
);

t.test('what the ends of files say is kept for all questions, each of which has a connection of its own', async (t) => {
  const duck = await openQuestionReader(await temporaryFolder(t));
  t.teardown(() => duck.close());
  for await (const chunk of duck.chunks("SELECT current_setting('parquet_metadata_cache')"))
    t.strictSame(chunk.getRows(), [[true]]);
});
