import t from 'tap';
import { FREE_DISK_FLOOR_BYTES, judge, type RedisFacts } from '../../src/redis/check.js';

const well: RedisFacts = {
  runId: 'a',
  version: '7.0.0',
  role: 'master',
  loading: false,
  appendOnly: true,
  appendFsync: 'always',
  lastWriteOk: true,
  connectedReplicas: 0,
  minReplicasToWrite: 0,
  maxmemoryPolicy: 'noeviction',
  maxmemoryBytes: 1_000,
  usedMemoryBytes: 699,
  aofBytes: 1_000,
  freeDiskBytes: FREE_DISK_FLOOR_BYTES,
  clockDifferenceMs: 2_000,
};

t.test('each limit of a check at the limit and one past it (R1, R2)', async (t) => {
  const codes = (facts: Partial<RedisFacts>) => judge({ ...well, ...facts }).problems.map(({ code }) => code);
  t.strictSame(codes({}), []);
  t.strictSame(codes({ usedMemoryBytes: 700 }), ['redis-memory-high']);
  t.strictSame(codes({ usedMemoryBytes: 799 }), ['redis-memory-high']);
  t.strictSame(codes({ usedMemoryBytes: 800 }), ['redis-memory-full']);
  t.strictSame(codes({ freeDiskBytes: FREE_DISK_FLOOR_BYTES - 1 }), ['disk-nearly-full']);
  t.strictSame(codes({ aofBytes: FREE_DISK_FLOOR_BYTES / 2 }), []);
  t.strictSame(codes({ aofBytes: FREE_DISK_FLOOR_BYTES / 2 + 1 }), ['disk-nearly-full']);
  t.strictSame(codes({ freeDiskBytes: null, aofBytes: 1e12 }), [], 'a disk elsewhere is not ours to judge');
  t.strictSame(codes({ clockDifferenceMs: -2_001 }), ['clock']);
  t.strictSame(codes({ clockDifferenceMs: null }), []);
  t.strictSame(codes({ version: '6.2.14' }), ['redis-version']);
  t.strictSame(codes({ version: '10.0.0' }), []);
  t.strictSame(codes({ role: 'slave' }), ['redis-replica']);
  t.strictSame(codes({ loading: true }), ['redis-loading']);
  t.strictSame(codes({ lastWriteOk: false }), ['redis-write-failed']);
});

t.test('what nobody can know is not promised', async (t) => {
  const check = judge({ ...well, appendFsync: null, minReplicasToWrite: null });
  t.match(check, { ready: true, accepting: true, durable: false, problems: [{ code: 'redis-durability-unknown' }] });
  t.equal(check.problems.length, 1);
});

t.test('F1: replicas that must have an entry must be there', async (t) => {
  const judged = (facts: Partial<RedisFacts>) =>
    judge({ ...well, ...facts }, { freeDiskFloorBytes: FREE_DISK_FLOOR_BYTES, replicas: 2 });
  const enough = { connectedReplicas: 2, minReplicasToWrite: 2 };
  t.match(judged(enough), { ready: true, accepting: true, durable: true, problems: { length: 0 } });
  t.match(judged({ ...enough, connectedReplicas: 1 }), {
    ready: false,
    accepting: false,
    problems: [{ code: 'redis-replicas-missing', severity: 'stop' }],
  });
  t.match(judged({ ...enough, minReplicasToWrite: 1 }), {
    ready: true,
    accepting: true,
    problems: [{ code: 'redis-replicas-optional', severity: 'warn' }],
  });
});
