import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DistrictFiles } from '../../src/app/district-files.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { ENGINE_GONE_AFTER_MS, EngineFiles } from '../../src/hot/engine-files.js';
import { NO_ROADS } from '../../src/model/roads.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { projectPath } from '../documents/project.js';
import { startTestRedis } from '../support/redis-server.js';

const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];

interface Rig {
  readonly query: RedisConnection;
  readonly engine: (name: string) => EngineFiles;
  /** Engine X, on the new files while the plan is of the old ones, at a time that the test sets. */
  readonly files: DistrictFiles;
  elapsedMs: number;
  /** Whether X logs its files now. */
  logs(): Promise<boolean>;
}

async function rigOf(t: Test): Promise<Rig> {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const source = { ...(await loadDistrict(projectPath(join('fixtures', 'example')))), sha256: NEW };
  const engine = (name: string) => new EngineFiles({ district: source.id, engine: name, query });
  const plan = { version: 3, sourceSha256: OLD };
  const files: DistrictFiles = new DistrictFiles({
    read: { id: source.id, source, refused: null, roads: NO_ROADS },
    engines: engine('X'),
    plan: () => plan,
    metrics: createMetrics({ strict: true }),
    elapsedMs: () => rig.elapsedMs,
  });
  const rig: Rig = {
    query,
    engine,
    files,
    elapsedMs: 0,
    logs: async () => {
      let logged = false;
      await files.inTurn(
        async () => plan,
        async () => {
          logged = true;
        },
      );
      return logged;
    },
  };
  return rig;
}

t.test('new files become the plan when the last engine on the old ones has ended', async (t) => {
  const rig = await rigOf(t);
  const other = rig.engine('Y');
  t.strictSame(await other.say(OLD), []);
  t.notOk(await rig.logs());
  t.notOk(rig.files.isDue, 'it need not try');
  t.strictSame(rig.files.describe(), {
    ok: false,
    detail:
      'district files differ: this process bbbbbbbb…, engine Y aaaaaaaa…; in force aaaaaaaa…; plan 3 (aaaaaaaa…) stays while an engine runs on its files: give all engines the same files, then send SIGHUP to each',
  });
  t.strictSame(await other.say(null), [{ engine: 'X', sha256: NEW }]);
  await rig.files.say();
  t.ok(rig.files.isDue);
  t.ok(await rig.logs());
});

t.test('an engine that was killed is gone after fifteen seconds, by the clock of Redis', async (t) => {
  const rig = await rigOf(t);
  const killed = async (agoMs: number) => {
    const [s] = await rig.query.time();
    const seenMs = Number(s) * 1_000 - agoMs;
    await rig.query.hset('bw:{example}:engines', 'Y', JSON.stringify({ sha256: OLD, seenMs }));
  };
  await killed(ENGINE_GONE_AFTER_MS - 5_000);
  t.notOk(await rig.logs());
  await killed(ENGINE_GONE_AFTER_MS + 1_000);
  t.ok(await rig.logs());
  t.strictSame(await rig.query.hkeys('bw:{example}:engines'), ['X'], 'it is forgotten');
});

t.test(
  'an engine that was cut off takes nobody for gone before the others had time to say that they live',
  async (t) => {
    const rig = await rigOf(t);
    await rig.files.say();
    rig.elapsedMs = ENGINE_GONE_AFTER_MS + 1;
    t.notOk(await rig.logs());
    t.ok(rig.files.isDue, 'it tries again');
    rig.elapsedMs += ENGINE_GONE_AFTER_MS;
    t.ok(await rig.logs());
  },
);

t.test('engines log their files one at a time, and each hears first what the one before has logged', async (t) => {
  const rig = await rigOf(t);
  const other = rig.engine('Y');
  t.ok(await other.takeTurn());
  t.notOk(await rig.logs());
  t.ok(rig.files.isDue);
  await rig.engine('Z').endTurn();
  t.notOk(await rig.logs(), 'nobody ends the turn of another');
  await other.endTurn();
  t.ok((await rig.query.pttl('bw:{example}:planning')) < 0);
  t.ok(await rig.logs());
  t.ok(await other.takeTurn(), 'it has given its turn back');
  t.ok((await rig.query.pttl('bw:{example}:planning')) > 0, 'a turn ends with time, too');
});
