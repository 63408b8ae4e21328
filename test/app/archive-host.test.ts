import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ensureArchiveKey } from '../../src/access/keys.js';
import { ArchiveHost } from '../../src/app/archive-host.js';
import { FOLD_VERSION } from '../../src/engine/state.js';
import { logKey } from '../../src/log/raw-entry.js';
import { until } from '../api/until.js';
import { store } from '../days/stored-log.js';
import { drawScenario, play } from '../engine/scenario.js';
import { HOUR, T0 } from '../engine/support.js';
import { startTestRedis } from '../support/redis-server.js';

t.setTimeout(400_000);

t.test('what is said of an archive names the days that cannot be settled', async (t) => {
  const { handle, folder, log } = await startTestRedis(t);
  const connection = handle.connect('query');
  const scenario = drawScenario(1, { hours: 1, delayMs: 0, plans: false, events: false });
  // Until noon of the next local day, when the day is due.
  await store(connection, play(scenario, { untilMs: T0 + 28 * HOUR }));
  await connection.xtrim(logKey('test'), 'MINID', `${T0 + HOUR}-0`);
  const { kid, privateJwk } = await ensureArchiveKey(join(folder));
  const host = new ArchiveHost(
    {
      address: handle.address,
      districts: [{ district: 'test', folder: join(folder, 'archive'), snapshots: join(folder, 'snapshots') }],
      key: { kid, privateJwk },
      foldVersion: FOLD_VERSION,
      retention: { fixes: null, visits: null, alerts: null, entries: null },
      settleAtMinute: 720,
    },
    new Map(),
    log,
  );
  t.teardown(() => host.close());
  const lacks = /; days: not settled, because something of them was deleted: 2026-11-24$/;
  await until(() => lacks.test(host.describe('test').detail), 60_000);
  t.match(host.describe('test').detail, lacks);
  const found = process.platform === 'linux' ? priorities() : [];
  t.ok(
    found.length === 0 || found.at(-1) === constants.priority.PRIORITY_BELOW_NORMAL,
    `priorities ${found.join(', ')}`,
  );
  t.equal(getPriority(), constants.priority.PRIORITY_NORMAL, 'the thread of the sockets comes first');
});

t.test(
  'how long the archive may write when it is to stop is asked then, and what it has not written is said',
  async (t) => {
    const { handle, folder, log } = await startTestRedis(t);
    const connection = handle.connect('query');
    await store(
      connection,
      play(drawScenario(1, { hours: 1, delayMs: 0, plans: false, events: false }), { untilMs: T0 }),
    );
    const { kid, privateJwk } = await ensureArchiveKey(join(folder));
    let stopWithinMs = 60_000;
    const host = new ArchiveHost(
      {
        address: handle.address,
        districts: [{ district: 'test', folder: join(folder, 'archive'), snapshots: join(folder, 'snapshots') }],
        key: { kid, privateJwk },
        foldVersion: FOLD_VERSION,
        retention: { fixes: null, visits: null, alerts: null, entries: null },
        settleAtMinute: 720,
      },
      new Map(),
      log,
      () => stopWithinMs,
    );
    stopWithinMs = 0;
    await host.close();
    t.match(log.lines.at(-1), { fields: { afterMs: 0 } });
  },
);

/** The priorities that the threads of this process have, each once: 0 as a rule, more for those that come after others. */
function priorities(): number[] {
  const nice = (task: string): number => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'latin1');
    // After the name, which stands in brackets and may hold spaces: the third field is the 17th from there.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  };
  return [...new Set(readdirSync('/proc/self/task').map(nice))].sort((a, b) => a - b);
}
