import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import t from 'tap';
import { BeatwatchError } from '../../src/model/errors.js';
import { createWallClock } from '../../src/ops/clock.js';
import { createLogger } from '../../src/ops/logger.js';
import { METRICS } from '../../src/ops/metric-table.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { Readiness } from '../../src/ops/readiness.js';
import { projectRoot } from '../tree/sources.js';

function keptLines(): { destination: Writable; lines: () => Record<string, unknown>[] } {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const lines = () => text.split('\n').filter((line) => line !== '');
  return { destination, lines: () => lines().map((line) => JSON.parse(line) as Record<string, unknown>) };
}

t.test('the logger writes one JSON object a line, with its level, the fields and the message', async (t) => {
  const { destination, lines } = keptLines();
  const logger = createLogger({ level: 'info', destination });
  logger.debug({ n: 0 }, 'below the level');
  logger.info({ n: 1 }, 'plain');
  logger.child({ district: 'meixian' }).warn({ n: 2 }, 'of a child');
  logger.error({ err: new BeatwatchError('log-full', 'full', { at: 80 }) }, 'failed');
  const [plain, ofChild, failed, ...more] = lines();
  t.strictSame(more, []);
  t.match(plain, { level: 'info', n: 1, msg: 'plain', time: /^\d{4}-\d\d-\d\dT.*Z$/ });
  t.match(ofChild, { level: 'warn', n: 2, district: 'meixian', msg: 'of a child' });
  t.match(failed, { level: 'error', err: { code: 'log-full', message: 'full', details: { at: 80 } } });
});

t.test('secrets do not reach a log line', async (t) => {
  const { destination, lines } = keptLines();
  const logger = createLogger({ level: 'debug', destination });
  const secrets = { token: 'secret', ticket: 'secret', authorization: 'secret', privateKey: 'secret' };
  logger.info({ ...secrets, headers: { ...secrets, host: 'x' } }, 'request');
  logger.child(secrets).info({}, 'child');
  t.notMatch(JSON.stringify(lines()), 'secret');
  t.match(lines()[0], { headers: { host: 'x' } });
});

t.test('metrics count, set and observe what is declared', async (t) => {
  const metrics = createMetrics({
    strict: true,
    table: {
      beatwatch_a_total: { type: 'counter', help: 'A.', labels: ['district'] },
      beatwatch_b: { type: 'gauge', help: 'B.', labels: [] },
      beatwatch_c_ms: { type: 'histogram', help: 'C.', labels: [], buckets: [1, 10] },
    },
  });
  metrics.count('beatwatch_a_total', 2, { district: 'meixian' });
  metrics.count('beatwatch_a_total', undefined, { district: 'meixian' });
  metrics.gauge('beatwatch_b', 7);
  metrics.observe('beatwatch_c_ms', 5);
  const text = await metrics.text();
  t.match(text, 'beatwatch_a_total{district="meixian"} 3');
  t.match(text, 'beatwatch_b 7');
  t.match(text, 'beatwatch_c_ms_bucket{le="1"} 0');
  t.match(text, 'beatwatch_c_ms_bucket{le="10"} 1');
  t.match(metrics.contentType, 'text/plain');
});

t.test('an undeclared name, another type and other labels are bugs', async (t) => {
  const table = { beatwatch_a_total: { type: 'counter', help: 'A.', labels: ['district'] } } as const;
  const strict = createMetrics({ strict: true, table });
  t.throws(() => strict.count('beatwatch_b_total'), { message: /beatwatch_b_total is not declared/ });
  t.throws(() => strict.gauge('beatwatch_a_total', 1, { district: 'x' }), { message: /is a counter, used as a gauge/ });
  t.throws(() => strict.count('beatwatch_a_total', 1), { message: /got labels \[\], expected \[district\]/ });
  t.throws(() => strict.count('beatwatch_a_total', 1, { district: 'x', unit: 'y' }), { message: /got labels/ });
  t.throws(() => strict.count('beatwatch_a_total', 1, { unit: 'y' }), { message: /got labels/ });

  const lenient = createMetrics({ strict: false, table });
  lenient.count('beatwatch_b_total');
  lenient.count('beatwatch_a_total', 1);
  t.match(await lenient.text(), 'beatwatch_metrics_misused_total 2', 'counted where they must not stop the process');
});

t.test('the table is well-formed, and two registries do not meet', async (t) => {
  for (const [name, { type, labels, buckets }] of Object.entries(METRICS)) {
    t.match(name, /^beatwatch_[a-z_]+$/);
    t.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    t.equal(buckets !== undefined, type === 'histogram', `${name} has buckets where it needs them`);
    t.strictSame(
      [...(buckets ?? [])],
      [...(buckets ?? [])].sort((a, b) => a - b),
      `${name}: buckets ascend`,
    );
    t.equal(new Set(labels).size, labels.length);
  }
  const [one, two] = [createMetrics({ strict: true }), createMetrics({ strict: true, processMetrics: true })];
  one.gauge('beatwatch_ingest_sockets', 1, { district: 'meixian' });
  t.match(await one.text(), 'beatwatch_ingest_sockets{district="meixian"} 1');
  t.notMatch(await two.text(), 'beatwatch_ingest_sockets{');
  t.match(await two.text(), 'process_cpu_user_seconds_total');
});

t.test('every metric in the sources is declared, and every declared one is in the sources', async (t) => {
  const sources = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('ops'))
    .map((path) => readFileSync(join(projectRoot, 'src', path), 'utf8'))
    .join('\n');
  const used = new Set([...sources.matchAll(/'(beatwatch_[a-z_]+)'/g)].map(([, name]) => name));
  t.strictSame([...used].sort(), Object.keys(METRICS).sort());
});

t.test('readiness asks every check, and reports each', async (t) => {
  const readiness = new Readiness();
  readiness.register('redis', () => ({ ok: true, detail: '7.0.15' }));
  const takeAway = readiness.register('clock', async () => ({ ok: false, detail: '3 s ahead' }));
  readiness.register('disk', () => {
    throw new Error('no such volume');
  });
  t.strictSame(await readiness.report(), [
    { name: 'redis', ok: true, detail: '7.0.15' },
    { name: 'clock', ok: false, detail: '3 s ahead' },
    { name: 'disk', ok: false, detail: 'no such volume' },
  ]);
  takeAway();
  t.strictSame(
    (await readiness.report()).map(({ name }) => name),
    ['redis', 'disk'],
  );
  t.throws(() => readiness.register('disk', () => ({ ok: true, detail: '' })), { message: /registered twice/ });
});

t.test('a check that hangs fails in its time, and is not asked again while it hangs', async (t) => {
  const readiness = new Readiness();
  let asked = 0;
  let answer = () => {};
  readiness.register(
    'stuck',
    () => {
      asked += 1;
      return new Promise((resolve) => {
        answer = () => resolve({ ok: true, detail: 'at last' });
      });
    },
    10,
  );
  readiness.register('quick', () => ({ ok: true, detail: 'here' }));
  const failed = { name: 'stuck', ok: false, detail: 'no answer, expected one within 10 ms' };
  t.strictSame(await readiness.report(), [failed, { name: 'quick', ok: true, detail: 'here' }]);
  t.strictSame((await readiness.report())[0], failed);
  t.equal(asked, 1);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  const late = readiness.report();
  answer();
  t.strictSame((await late)[0], { name: 'stuck', ok: true, detail: 'at last' });
  t.equal(asked, 2);
});

/** A machine whose wall clock a test sets, and whose monotonic clock it moves. */
function testMachine() {
  const machine = { wallMs: 1_000_000_000, monotonicMs: 500 };
  const clock = createWallClock({ machineMs: () => machine.wallMs, monotonicMs: () => machine.monotonicMs });
  const pass = (ms: number) => {
    machine.wallMs += ms;
    machine.monotonicMs += ms;
  };
  return { machine, clock, pass };
}

t.test(
  'the wall clock is anchored: a jump of the machine’s clock moves it not, and is told as drift (T2)',
  async (t) => {
    const { machine, clock, pass } = testMachine();
    const before = clock.nowMs();
    for (const jumpMs of [3_600_000, -3_720_000, 2_001]) {
      machine.wallMs += jumpMs;
      pass(10_000);
    }
    t.equal(clock.nowMs() - before, 30_000, 'only the time of the test has passed');
    t.equal(Math.round(clock.driftMs()), -117_999, 'the jumps are told');
    t.equal(clock.step(), -117_999, 'and taken over where that is asked for');
    t.equal(clock.nowMs() - before, 30_000 - 117_999);
    t.equal(Math.round(clock.driftMs()), 0);
  },
);

t.test(
  'the wall clock follows small steps by slewing: it neither jumps, nor stands still, nor goes back',
  async (t) => {
    for (const stepMs of [2_000, -2_000]) {
      const { machine, clock, pass } = testMachine();
      machine.wallMs += stepMs;
      let before = clock.nowMs();
      for (let s = 0; s < 40; s += 1) {
        pass(1_000);
        const passedMs = clock.nowMs() - before;
        t.ok(passedMs >= 949 && passedMs <= 1_051, `${passedMs} ms of a second`);
        before += passedMs;
      }
      pass(1_000);
      t.ok(Math.abs(clock.driftMs()) < 1, 'it is there after 40 s');
      t.ok(Math.abs(clock.nowMs() - machine.wallMs) <= 1);
    }
  },
);
