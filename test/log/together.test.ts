import t from 'tap';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { logKey } from '../../src/log/raw-entry.js';
import { MAX_ENTRY_BYTES } from '../../src/model/limits.js';
import type { HeartbeatEntry } from '../../src/model/log-entry.js';
import { formatLogId } from '../../src/model/log-id.js';
import type { Metrics } from '../../src/model/ports.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';

const district = 'north';
const metrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
const spoke = (tracker: string): HeartbeatEntry => ({ kind: 'heartbeat', trackers: [tracker] });
const START_MS = 1_000_000;

t.test(
  'entries that are appended together are one after the other under one time, or none of them is there',
  async (t) => {
    const { handle } = await startTestRedis(t);
    const clock = createVirtualClock(START_MS);
    const append = handle.connect('append');
    const log = new DistrictLog({ district, append, clock, logger: keptLog(), metrics });
    const query = handle.connect('query');
    await t.rejects(log.appendTogether([spoke('a'), spoke('b')]), { code: 'log-missing' }, 'a log begins with genesis');
    t.equal(await query.exists(logKey(district)), 0);

    await log.ensureGenesis({ kind: 'genesis', district, clock: 'virtual', foldVersion: 1 });
    clock.setMs(START_MS + 5);
    const [last] = await Promise.all([
      log.appendTogether([spoke('a'), spoke('b'), spoke('c')]),
      log.append(spoke('d')),
    ]);
    t.match({ id: formatLogId(last.id), atMs: last.atMs }, { id: '1000005-2', atMs: START_MS + 5 });
    const entries = await query.xrangeBuffer(logKey(district), '-', '+');
    t.same(
      entries.map(([id]) => String(id)),
      ['1000000-0', '1000005-0', '1000005-1', '1000005-2', '1000005-3'],
    );
    t.same(
      entries.slice(1).map(([, fields]) => fields[3]),
      ['a', 'b', 'c', 'd'].map((name) => Buffer.from(encodeLogEntry(spoke(name)))),
    );

    // A log that ran ahead and was resumed tells the time in a field, and its ids go on.
    await query.xadd(logKey(district), '2000000-0', 'k', 'tick', 'p', '', 't', '1000006');
    clock.setMs(START_MS + 9);
    const told = await log.appendTogether([spoke('e'), spoke('f')]);
    t.match({ id: formatLogId(told.id), atMs: told.atMs }, { id: '2000000-2', atMs: START_MS + 9 });
  },
);

t.test('one entry over the cap, and none of its company is appended', async (t) => {
  const { handle } = await startTestRedis(t);
  const clock = createVirtualClock(START_MS);
  const log = new DistrictLog({ district, append: handle.connect('append'), clock, logger: keptLog(), metrics });
  await log.ensureGenesis({ kind: 'genesis', district, clock: 'virtual', foldVersion: 1 });
  const tooLarge: HeartbeatEntry = {
    kind: 'heartbeat',
    trackers: Array.from({ length: MAX_ENTRY_BYTES / 64 + 1 }, (_, i) => String(i).padStart(64, 't')),
  };
  await t.rejects(log.appendTogether([spoke('a'), tooLarge, spoke('b')]), { code: 'log-entry-too-large' });
  t.equal(await handle.connect('query').xlen(logKey(district)), 1, 'the genesis alone');
});
