import t from 'tap';
import { ask } from './clients.js';
import { testPlan } from './records.js';
import { startRig } from './rig.js';

const DISTRICT = '/v1/districts/meixian';

t.test('the plan and its places are answered with 304 to who has them; each read is recorded', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  for (const path of ['/plan', '/places', '/places?shape=footprint']) {
    const first = await ask(rig, `${DISTRICT}${path}`, { token });
    const etag = first.headers.get('etag') ?? '';
    t.match({ status: first.status, etag }, { status: 200, etag: /^"[\w-]{43}"$/ }, path);
    t.equal(first.headers.get('cache-control'), 'private, no-cache');
    const again = await ask(rig, `${DISTRICT}${path}`, { token, headers: { 'if-none-match': etag } });
    t.strictSame([again.status, again.text], [304, ''], path);
    t.strictSame((await ask(rig, `${DISTRICT}${path}`, { token })).body, first.body, 'the same to the next one');
  }
  const places = testPlan('meixian').places.length;
  const records = (await rig.district().reads()).map((read) => read.records);
  t.strictSame(records, [1, 0, 1, places, 0, places, places, 0, places]);
});

t.test('another plan is another answer', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const first = await ask(rig, `${DISTRICT}/plan`, { token });
  rig.district().plan = { ...testPlan('meixian'), version: 7 };
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
  const next = await ask(rig, `${DISTRICT}/plan`, { token, headers });
  t.match({ status: next.status, version: next.body.version }, { status: 200, version: 7 });
});

t.test('an answer that cannot be recorded has no name by which a cache would keep it', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  rig.district().appendFailure = new Error('OOM');
  for (const path of ['/plan', '/places', '/roads']) {
    const { status, headers } = await ask(rig, `${DISTRICT}${path}`, { token });
    t.strictSame([status, headers.get('etag'), headers.get('cache-control')], [503, null, null], path);
  }
});
