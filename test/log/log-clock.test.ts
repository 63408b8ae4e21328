import t from 'tap';
import { DistrictLog, MAX_APPEND_AHEAD_MS } from '../../src/log/district-log.js';
import { logEnd } from '../../src/log/raw-entry.js';
import { readResumes, resumeLog } from '../../src/log/resumes.js';
import type { AccessEntry, GenesisEntry, HeartbeatEntry, StatementEntry } from '../../src/model/log-entry.js';
import type { Clock, ClockKind, Metrics } from '../../src/model/ports.js';
import { keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';

t.setTimeout(120_000);

const district = 'north';
const metrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
const spoke: HeartbeatEntry = { kind: 'heartbeat', trackers: ['a'] };
const read: AccessEntry = {
  kind: 'access',
  reads: [{ actor: 'li', role: 'auditor', purpose: null, what: 'live', parameters: '{}', records: 0 }],
};
const HOUR_MS = 3_600_000;
const said: StatementEntry = {
  kind: 'statement',
  statementId: 's',
  actor: 'li',
  unit: 'car-1',
  at: 'gate',
  notAt: [],
  untilMs: 1,
  note: null,
};

/** A log on a real Redis, and processes that append with clocks so far ahead of it. */
async function begun(t: TestScope) {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const process_ = (aheadMs: number, kind: ClockKind = 'wall', clockFault?: () => string | null) => {
    const clock: Clock = { kind, nowMs: () => Date.now() + aheadMs };
    return new DistrictLog({
      district,
      append: handle.connect('append'),
      clock,
      clockFault,
      logger: keptLog(),
      metrics,
    });
  };
  const genesis: GenesisEntry = { kind: 'genesis', district, clock: 'wall', foldVersion: 1 };
  const end = async () => (await logEnd(query, district))?.atMs ?? 0;
  return { query, process: process_, genesis, end };
}

t.test(
  'T2: an append far ahead of Redis’s time and of the log’s pace is refused, and the log’s time stands',
  async (t) => {
    const log = await begun(t);
    const fast = log.process(8 * HOUR_MS);
    await t.rejects(
      fast.ensureGenesis(log.genesis),
      { code: 'log-clock', message: /ahead of Redis's/ },
      'not even begun',
    );
    await log.process(0).ensureGenesis(log.genesis);
    const refused = {
      code: 'log-clock',
      message: /2880\d{4} ms ahead of Redis's and 2880\d{4} ms ahead of the log's last entry/,
    };
    await t.rejects(fast.append(spoke), refused);
    await t.rejects(fast.append(read), refused, 'what people do as well: its time would stay');
    await t.rejects(fast.tick(), refused);
    t.ok((await log.end()) <= Date.now(), 'nothing of it is in the log');
    const slightly = log.process(MAX_APPEND_AHEAD_MS - 1_000);
    t.ok((await slightly.append(spoke)).ms > Date.now(), 'a little ahead is no outage');
    await t.resolves(log.process(-8 * HOUR_MS).append(spoke), 'one that is behind goes under the last entry’s time');
  },
);

t.test('T2: a clock that goes at the log’s own pace, and a virtual clock, are not refused', async (t) => {
  const log = await begun(t);
  await log.process(0).ensureGenesis(log.genesis);
  const virtual = log.process(HOUR_MS, 'virtual');
  await virtual.append(spoke);
  await t.resolves(log.process(HOUR_MS + 1_000).append(spoke), 'Redis’s clock alone is behind: the log goes on');
  await t.rejects(log.process(2 * HOUR_MS).append(spoke), { code: 'log-clock' });
});

t.test('T2: with a wrong clock no time is logged; what people do goes under the last entry’s time', async (t) => {
  const log = await begun(t);
  await log.process(0).ensureGenesis(log.genesis);
  const before = await log.end();
  let fault: string | null = 'Redis’s clock is 5000 ms from ours';
  const wrong = log.process(5_000, 'wall', () => fault);
  await t.rejects(wrong.append(spoke), { code: 'log-clock', message: /5000 ms from ours/ });
  await t.rejects(wrong.tick(), { code: 'log-clock' });
  for (const act of [read, said]) t.equal((await wrong.append(act)).ms, before, act.kind);
  fault = null;
  t.ok((await wrong.append(spoke)).ms >= before + 4_000, 'and all of it again as soon as it is right');
});

t.test('O1: of two who resume a log at once one does, and the other hears that there is nothing to do', async (t) => {
  const log = await begun(t);
  await log.process(0).ensureGenesis(log.genesis);
  await log.process(HOUR_MS, 'virtual').append(spoke);
  const resume = (actor: string) =>
    resumeLog({ district, connection: log.query, actor, reason: 'the clock was an hour fast', sinceMs: null });
  const [one, other] = await Promise.allSettled([resume('li'), resume('wang')]);
  t.match(one, { status: 'fulfilled', value: { actor: 'li' } });
  t.match(other, { status: 'rejected', reason: { code: 'log-not-ahead' } });
  t.equal((await readResumes(log.query, district)).length, 1);
});
