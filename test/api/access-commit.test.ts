import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { AccessCommit, accessBytesBound } from '../../src/api/access-commit.js';
import { MAX_WAITING_ACCESS_BYTES } from '../../src/api/limits.js';
import { decodeLogEntry, encodeLogEntry } from '../../src/codec/log-codec.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { MAX_ENTRY_BYTES } from '../../src/model/limits.js';
import { type AccessEntry, type AccessRead, ANSWER_STAGES } from '../../src/model/log-entry.js';
import { ROLES } from '../../src/model/roles.js';
import { ask, LiveClient } from './clients.js';
import { startRig } from './rig.js';
import { until } from './until.js';

t.setTimeout(120_000);

const LIVE = '/v1/districts/meixian/live';
const SEED = 20_261_130;

function readOf(what: string, parameters = '{}'): AccessRead {
  return { actor: 'li', role: 'auditor', purpose: null, what, parameters, records: 1 };
}

/** A log that answers when the test lets it. */
function heldLog() {
  const entries: AccessEntry[] = [];
  const answers: ((failure: Error | null) => void)[] = [];
  let isFree = false;
  const append = (payload: Uint8Array) => {
    entries.push(decodeLogEntry('access', payload) as AccessEntry);
    if (isFree) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      answers.push((failure) => (failure === null ? resolve() : reject(failure)));
    });
  };
  const answer = async (failure: Error | null = null) => {
    await until(() => answers.length > 0);
    answers.shift()?.(failure);
  };
  /** From now on it answers at once. */
  const free = () => {
    isFree = true;
    for (const settle of answers.splice(0)) settle(null);
  };
  return { entries, append, answer, free };
}

t.test('reads that come while an append runs go together with the next, in order', async (t) => {
  const log = heldLog();
  const commit = new AccessCommit(log.append);
  const first = commit.record(readOf('first'), 5_000);
  await until(() => log.entries.length === 1);
  const rest = ['a', 'b', 'c'].map((what) => commit.record(readOf(what), 5_000));
  await log.answer();
  await first;
  await log.answer();
  await Promise.all(rest);
  t.strictSame(
    log.entries.map(({ reads }) => reads.map(({ what }) => what)),
    [['first'], ['a', 'b', 'c']],
  );
});

t.test('a failed append fails the reads that were in it, and those after it go on', async (t) => {
  const log = heldLog();
  const commit = new AccessCommit(log.append);
  const lost = [commit.record(readOf('a'), 5_000), commit.record(readOf('b'), 5_000)];
  await log.answer(new BeatwatchError('log-disk', 'no'));
  for (const read of lost) await t.rejects(read, { code: 'log-disk' });
  const next = commit.record(readOf('c'), 5_000);
  await log.answer();
  await next;
});

t.test('a read that cannot be written fails alone', async (t) => {
  const log = heldLog();
  const commit = new AccessCommit(log.append);
  const good = commit.record(readOf('good'), 5_000);
  const long = commit.record(readOf('long', 'x'.repeat(MAX_ENTRY_BYTES)), 5_000);
  const wrong = commit.record({ ...readOf('wrong'), records: -1 }, 5_000);
  const late = commit.record(readOf('late'), 5_000);
  log.free();
  await Promise.all([good, late, t.rejects(long, { code: 'log-entry-too-large' }), t.rejects(wrong, /uint32/)]);
  t.strictSame(
    log.entries.flatMap(({ reads }) => reads.map(({ what }) => what)),
    ['good', 'late'],
  );
});

t.test('entries of many reads fit the cap of an entry', async (t) => {
  const log = heldLog();
  const commit = new AccessCommit(log.append);
  const reads = Array.from({ length: 100 }, (_, i) => commit.record(readOf(`${i}`, 'x'.repeat(10_000 + i)), 5_000));
  for (let settled = 0; settled < 100; settled += log.entries.at(-1)?.reads.length ?? 0) await log.answer();
  await Promise.all(reads);
  t.ok(log.entries.length <= 6, `${log.entries.length} entries`);
});

t.test(`seed ${SEED}: what a read is counted for is at least what it takes in an entry`, (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const body = fc.record({ bytes: fc.nat(2 ** 31), sha256: fc.constant('ab'.repeat(32)) });
  const answer = fc.record({
    stage: fc.constantFrom(...ANSWER_STAGES),
    readId: fc.option(text),
    body: fc.option(body),
  });
  const said = fc.record({
    actor: text,
    role: fc.constantFrom(...ROLES),
    purpose: fc.option(text),
    what: text,
    parameters: text,
    records: fc.nat(2 ** 31),
  });
  const read = fc
    .tuple(said, fc.option(answer))
    .map(([one, answered]): AccessRead => (answered === null ? one : { ...one, answer: answered }));
  fc.assert(
    fc.property(fc.array(read, { minLength: 2, maxLength: 8 }), (reads) => {
      const counted = reads.reduce((sum, one) => sum + accessBytesBound(one), 0);
      return encodeLogEntry({ kind: 'access', reads }).length <= counted;
    }),
    { seed: SEED, numRuns: 500 },
  );
  t.end();
});

t.test('a log that is away: each read waits for as long as it may, and so many bytes of them', async (t) => {
  const log = heldLog();
  const commit = new AccessCommit(log.append);
  const inFlight = commit.record(readOf('in flight'), 50);
  await until(() => log.entries.length === 1);
  const waits = commit.record(readOf('waits'), 50);
  await t.rejects(inFlight, { code: 'access-late' });
  await t.rejects(waits, { code: 'access-late' });
  const big = 'x'.repeat(200_000);
  const held = Array.from({ length: Math.floor(MAX_WAITING_ACCESS_BYTES / 200_060) }, () =>
    commit.record(readOf('held', big), 5_000),
  );
  await t.rejects(commit.record(readOf('one more', big), 5_000), { code: 'access-busy' });
  const reads = () => log.entries.flatMap((entry) => entry.reads);
  log.free();
  await Promise.all(held);
  t.notOk(
    reads().some(({ what }) => what === 'waits'),
    'what was given up before its append is not appended',
  );
  await commit.record(readOf('again'), 5_000);
});

t.test(
  '200 reads of one auditor at once are all answered and recorded, and a report in between is taken at once',
  async (t) => {
    const rig = await startRig(t);
    const token = await rig.token({ role: 'auditor' });
    const { log } = rig.district();
    const answers = Array.from({ length: 200 }, () => ask(rig, '/v1/districts/meixian/units?purpose=x', { token }));
    const reports = Array.from({ length: 20 }, () => log.append({ kind: 'heartbeat', trackers: ['t-car-1'] }));
    t.equal((await Promise.allSettled(reports)).filter(({ status }) => status === 'rejected').length, 0);
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    t.strictSame([...new Set(statuses)], [200]);
    t.equal((await rig.district().reads()).length, 200);
  },
);

t.test(
  'of 900 supervisors that come back at once all get their snapshot, and all their ends are recorded [hostile]',
  async (t) => {
    const rig = await startRig(t);
    const tokens = await Promise.all(
      Array.from({ length: 900 }, (_, i) =>
        rig.token({ role: 'supervisor', subject: `supervisor-${i}`, tokenId: `t${i}` }),
      ),
    );
    const clients = tokens.map((token) => new LiveClient(rig, LIVE, { token }));
    await Promise.all(clients.map(({ socket }) => Promise.race([once(socket, 'message'), once(socket, 'close')])));
    t.equal(clients.filter((client) => client.of('snapshot').length === 1).length, 900);
    t.equal(clients.filter(({ closed }) => closed !== null).length, 0, 'nobody is turned away');
    for (const { socket } of clients) socket.terminate();
    const recorded = async (event: string) =>
      new Set(
        (await rig.district().reads())
          .filter(({ parameters }) => (JSON.parse(parameters) as { event: string }).event === event)
          .map(({ actor }) => actor),
      ).size;
    while ((await recorded('end')) < 900) await sleep(200);
    t.equal(await recorded('begin'), 900);
    t.equal((await rig.district().reads()).length, 1_800);
  },
);
