import fc from 'fast-check';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Duck } from '../../src/archive/duck.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { LOG_START } from '../../src/model/log-id.js';
import { batch } from '../codec/arbitraries.js';
import { at, fix, T0 } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { gather, plain, raw, testKeys } from './support.js';

const END = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };
const FLUSH = { kind: 'flush', replaces: [], foldVersion: 2, madeAtMs: 1 } as const;
const SEED = 20_261_129;

t.test(`seed ${SEED}: what was archived is read back with the bytes of the log (A3)`, async (t) => {
  const { signer } = testKeys();
  const entry = fc.oneof(
    fc.array(batch, { maxLength: 4 }).map((batches) => ({ kind: 'fixes', batches }) as const),
    fc.constant({ kind: 'tick' } as const),
    fc.constant({ kind: 'heartbeat', trackers: ['bd-1', 'bd-2'] } as const),
  );
  const logs = fc.array(fc.tuple(fc.nat(3), entry, fc.boolean()), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(logs, fc.nat(), async (drawn, cut) => {
      let ms = 1_800_000_000_000;
      const entries: RawEntry[] = drawn.map(([step, one, isResumed], i) => {
        ms += step;
        return raw({ ms, seq: i }, one, isResumed ? ms - 1_000_000 : undefined);
      });
      entries.push({ id: { ms, seq: 1_000 }, kind: 'fixes', payload: Buffer.from('no payload') });
      const folder = await temporaryFolder(t);
      const archive = await ArchiveFolder.open({ folder, district: 'example' });
      t.teardown(() => archive.close());
      const at = cut % entries.length;
      for (const part of [entries.slice(0, at), entries.slice(at)]) {
        if (part.length === 0) continue;
        const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
        const writer = archive.newPart(duck);
        await writer.add(part);
        t.ok(await archive.publish(await writer.finish(`p${archive.lines.length}`), FLUSH, signer));
        await duck.close();
      }
      const again = await ArchiveFolder.open({ folder, district: 'example' });
      t.teardown(() => again.close());
      const found = await gather(again.read({ after: LOG_START, upTo: END }));
      t.strictSame(plain(found), plain(entries));
      const times = { fromMs: 1_800_000_000_000 - 1_000_000, toMs: ms - 1 };
      const within = entries.filter(
        ({ kind, id, atMs = id.ms }) => kind !== 'fixes' && atMs >= times.fromMs && atMs < times.toMs,
      );
      t.strictSame(plain(await gather(again.readTimes({ ...times, kinds: ['tick', 'heartbeat'] }))), plain(within));
    }),
    { seed: SEED, numRuns: 12 },
  );
});

t.test(
  'while a part is read, the event loop goes round after some entries, however many are there already',
  async (t) => {
    const folder = await temporaryFolder(t);
    const entries = Array.from({ length: 2_000 }, (_, i) =>
      raw({ ms: 1_800_000_000_000 + i, seq: 0 }, { kind: 'tick' }),
    );
    const archive = await ArchiveFolder.open({ folder, district: 'example' });
    t.teardown(() => archive.close());
    const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
    const writer = archive.newPart(duck);
    await writer.add(entries);
    t.ok(await archive.publish(await writer.finish('p'), FLUSH, testKeys().signer));
    await duck.close();
    let wentRound = true;
    let most = 0;
    for await (const some of archive.read({ after: LOG_START, upTo: END })) {
      t.ok(wentRound, 'the event loop went round');
      wentRound = false;
      setImmediate(() => {
        wentRound = true;
      });
      most = Math.max(most, some.length);
    }
    t.ok(most <= 128, `at most ${most} entries at once`);
  },
);

t.test(
  'what is added an entry at a time goes to DuckDB while the part grows, and not at its end at once',
  async (t) => {
    const folder = await temporaryFolder(t);
    const archive = await ArchiveFolder.open({ folder, district: 'example' });
    const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
    t.teardown(async () => {
      await duck.close();
      await archive.close();
    });
    const writer = archive.newPart(duck);
    const FIXES = 100;
    for (let i = 0; i < 130; i += 1) {
      const fixes = Array.from({ length: FIXES }, (_, k) => fix(T0 + i * FIXES + k, at(k)));
      const entry = { kind: 'fixes', batches: [{ tracker: 'bd-1', reportId: '00', fixes, rejected: [] }] } as const;
      await writer.add([raw({ ms: T0 + i, seq: 0 }, entry)]);
    }
    const staged = await duck.connection.runAndReadAll('SELECT count(*)::INTEGER FROM fixes');
    t.ok(Number(staged.getRows()[0]?.[0]) >= 10_000, 'of 13,000');
    t.match((await writer.finish('whole')).files, [{ table: 'fixes', rows: 130 * FIXES }]);
  },
);
