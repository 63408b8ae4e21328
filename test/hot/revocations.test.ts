import t from 'tap';
import { MAX_REVOCATIONS, Revocations } from '../../src/hot/revocations.js';
import { MAX_TRACKER_TOKEN_S } from '../../src/model/limits.js';
import type { Role } from '../../src/model/roles.js';
import { startTestRedis } from '../support/redis-server.js';

const LIFE_MS = MAX_TRACKER_TOKEN_S * 1_000;
const of = (tokenId: string, ...districts: string[]) => ({
  tokenId,
  districts,
  subject: 'li',
  role: 'supervisor' as const,
  issuedAtMs: 0,
});

t.test('a revocation outlives every token, whatever end was named, and nothing undoes it', async (t) => {
  const { handle } = await startTestRedis(t);
  let nowMs = 1_000;
  const query = handle.connect('query');
  const revocations = new Revocations({ query, nowMs: () => nowMs });
  await revocations.learn(['a']);
  await revocations.revoke('a', 'early', 0);
  await revocations.revoke('a', 'late', nowMs + 2 * LIFE_MS);
  await revocations.revoke('a', 'late', 0);
  await revocations.revoke('a', 'other', nowMs);
  t.strictSame(
    await query.zrange('bw:{a}:revoked', '0', '-1', 'WITHSCORES'),
    ['early', String(1_000 + LIFE_MS), 'other', String(1_000 + LIFE_MS), 'late', String(1_000 + 2 * LIFE_MS)],
    'an early end does not count, and a second one shortens nothing',
  );
  nowMs += LIFE_MS;
  await revocations.revoke('a', 'new', 0);
  t.strictSame(
    await query.zrange('bw:{a}:revoked', '0', '-1'),
    ['late', 'new'],
    'forgotten when no such token is left',
  );
});

t.test('a token is revoked by a district that it covers, and then everywhere', async (t) => {
  const { handle } = await startTestRedis(t);
  const open = () => new Revocations({ query: handle.connect('query'), nowMs: () => 1_000 });
  const [here, there] = [open(), open()];
  await there.learn(['b', 'c']);
  await here.revoke('a', 'stolen', 2_000);
  t.equal(here.isRevoked(of('stolen', 'a', 'b')), true);
  t.equal(here.isRevoked(of('stolen', 'b', 'a')), true, 'whichever of its districts comes first');
  t.equal(here.isRevoked(of('stolen', 'b')), false, 'the admin of a has no say in b');
  t.equal(there.isRevoked(of('stolen', 'a', 'b')), false, 'nobody asked for a here yet');
  await there.learn(['a', 'b']);
  t.equal(there.isRevoked(of('stolen', 'a', 'b')), true, 'a process that serves b alone');
  await here.revoke('b', 'later', 2_000);
  t.equal(there.isRevoked(of('later', 'b')), false);
  await there.refresh();
  t.equal(there.isRevoked(of('later', 'b')), true);
  await handle.connect('query').del('bw:{b}:revoked', 'bw:{b}:revocations');
  await there.refresh();
  t.equal(there.isRevoked(of('later', 'b')), true, 'a store that forgets gives no token back');
});

t.test('all tokens of a tracker, or of a person, that were made until now are revoked at once', async (t) => {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  let nowMs = 5_500;
  const open = () => new Revocations({ query: handle.connect('query'), nowMs: () => nowMs });
  const [here, there] = [open(), open()];
  await there.learn(['a', 'b']);
  t.equal(await here.revokeHolder('a', { tracker: 'bd-1' }), 5_500);
  await here.revokeHolder('a', { person: 'li' });
  await there.refresh();
  const token = (role: Role, subject: string, issuedAtMs: number, ...districts: string[]) => ({
    ...of('any', ...districts),
    role,
    subject,
    issuedAtMs,
  });
  for (const one of [here, there]) {
    t.equal(one.isRevoked(token('tracker', 'bd-1', 5_000, 'a')), true);
    t.equal(one.isRevoked(token('tracker', 'bd-1', 5_000, 'b', 'a')), true);
    t.equal(one.isRevoked(token('tracker', 'bd-1', 6_000, 'a')), false, 'a token that is made afterwards is good');
    t.equal(one.isRevoked(token('tracker', 'bd-1', 5_000, 'b')), false, 'the admin of a has no say in b');
    t.equal(one.isRevoked(token('tracker', 'bd-2', 5_000, 'a')), false);
    for (const role of ['supervisor', 'auditor', 'admin'] as const)
      t.equal(one.isRevoked(token(role, 'li', 0, 'a')), true);
    t.equal(one.isRevoked(token('tracker', 'li', 0, 'a')), false, 'a tracker may have the name of a person');
  }
  nowMs = 4_000;
  await here.revokeHolder('a', { person: 'li' });
  t.equal(
    await query.zscore('bw:{a}:revoked:holders', 'person:li'),
    '5500',
    'a clock that went back gives nothing back',
  );
  nowMs = 5_501 + LIFE_MS;
  await here.revokeHolder('a', { person: 'wang' });
  t.strictSame(
    await query.zrange('bw:{a}:revoked:holders', '0', '-1'),
    ['person:wang'],
    'forgotten with their last token',
  );
});

t.test('revocations of a district have a cap', async (t) => {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const revocations = new Revocations({ query, nowMs: () => 1_000 });
  await query.eval(
    `for i = 1, ${MAX_REVOCATIONS - 1} do redis.call('ZADD', 'bw:{a}:revoked', 5000, 'token-' .. i) end`,
    0,
  );
  await revocations.revoke('a', 'last', 0);
  await t.rejects(revocations.revoke('a', 'one too many', 0), { code: 'too-many-revocations' });
  await revocations.revoke('a', 'last', 0);
  await revocations.revokeHolder('a', { person: 'wang' });
  t.equal(revocations.isRevoked(of('one too many', 'a')), false);
});
