import t from 'tap';
import { MAX_DRAFTS, PlanDrafts } from '../../src/hot/plan-drafts.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { testPlan } from '../api/records.js';
import { startTestRedis } from '../support/redis-server.js';

const HOUR_MS = 3_600_000;

t.test('a draft is kept for its time and as long as few follow it, and is the same for all who ask', async (t) => {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const drafts = new PlanDrafts({ district: 'meixian', query });
  const draftOf = (n: number): CompiledPlan => ({ ...testPlan('meixian'), sourceSha256: String(n).padStart(64, '0') });
  t.equal(await drafts.get(draftOf(0).sourceSha256), null);
  const untilMs = await drafts.put(draftOf(0), HOUR_MS);
  t.ok(untilMs > Date.now() + HOUR_MS / 2 && untilMs < Date.now() + 2 * HOUR_MS);
  const other = new PlanDrafts({ district: 'meixian', query: handle.connect('query') });
  t.strictSame(await other.get(draftOf(0).sourceSha256), draftOf(0));
  t.equal(await new PlanDrafts({ district: 'jiaying', query }).get(draftOf(0).sourceSha256), null, 'nor elsewhere');

  await query.zadd('bw:{meixian}:drafts:until', 1, draftOf(0).sourceSha256);
  t.equal(await drafts.get(draftOf(0).sourceSha256), null, 'its time is over');
  for (let n = 1; n <= MAX_DRAFTS; n += 1) await drafts.put(draftOf(n), HOUR_MS + n);
  t.equal(await query.hlen('bw:{meixian}:drafts'), MAX_DRAFTS, 'what is over is forgotten');
  t.same(await drafts.get(draftOf(1).sourceSha256), draftOf(1));
  await drafts.put(draftOf(MAX_DRAFTS + 1), 2 * HOUR_MS);
  t.equal(await query.hlen('bw:{meixian}:drafts'), MAX_DRAFTS);
  t.equal(await drafts.get(draftOf(1).sourceSha256), null, 'one more drops the oldest');
  t.ok((await query.pttl('bw:{meixian}:drafts')) > 0, 'and all of them end by themselves');
});
