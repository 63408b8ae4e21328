import t from 'tap';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import type { HeartbeatEntry } from '../../src/model/log-entry.js';
import { formatLogId } from '../../src/model/log-id.js';
import { ask } from './clients.js';
import { T0_MS } from './records.js';
import { startRig } from './rig.js';

const SKIPPED = '/v1/districts/meixian/skipped';

t.test(
  'an entry that could not be folded is looked at and cleared by an admin, with a reason in the log',
  async (t) => {
    const rig = await startRig(t);
    const { hot, log } = rig.district();
    const admin = await rig.token({ role: 'admin', subject: 'admin-zhao' });
    const heartbeat: HeartbeatEntry = {
      kind: 'heartbeat',
      trackers: Array.from({ length: 200 }, (_, i) => `tracker-${i}`),
    };
    const payload = encodeLogEntry(heartbeat);
    const ids = [await log.append(heartbeat), { ms: T0_MS - 1, seq: 7 }];
    for (const id of ids) await hot.addSkipped(id, { error: `no fold of ${formatLogId(id)}`, atMs: id.ms });
    const [present = '', trimmed = ''] = ids.map(formatLogId);
    const listed = await ask(rig, SKIPPED, { token: admin });
    t.strictSame(listed.body.items, [
      {
        logId: present,
        error: `no fold of ${present}`,
        cleared: null,
        kind: 'heartbeat',
        bytes: payload.length,
        payload: Buffer.from(payload.subarray(0, 1_024)).toString('base64'),
      },
      { logId: trimmed, error: `no fold of ${trimmed}`, cleared: null, kind: null, bytes: null, payload: null },
    ]);

    const clear = (id: string, reason: unknown) =>
      ask(rig, `${SKIPPED}/${id}/clear`, { token: admin, body: { reason } });
    t.match(await clear(present, ' '), { status: 400, body: { code: 'request-invalid' } });
    t.match(await clear('1-1', 'gone'), { status: 404, body: { code: 'entry-unknown', details: { got: '1-1' } } });
    t.match(await clear(present, 'a comment of half an emoji; nothing lost'), {
      status: 200,
      body: { logId: present },
    });
    t.match(await clear(present, 'again'), { status: 200 });
    t.match((await ask(rig, SKIPPED, { token: admin })).body.items, [
      { logId: present, cleared: { actor: 'admin-zhao', reason: 'a comment of half an emoji; nothing lost' } },
      { logId: trimmed, cleared: null },
    ]);
    // Each act has an entry before it and one for its answer.
    const what = 'POST /v1/districts/:district/skipped/:logId/clear';
    const entries = (await rig.district().reads()).filter((entry) => entry.what === what);
    t.match(entries[2], { actor: 'admin-zhao', role: 'admin', purpose: 'a comment of half an emoji; nothing lost' });
    t.match(entries[2]?.parameters, present);

    rig.district().appendFailure = new Error('the log is away');
    t.match(await clear(trimmed, 'x'), { status: 503, body: { code: 'access-log-unavailable' } });
    t.match((await ask(rig, SKIPPED, { token: await rig.token({ role: 'supervisor' }) })).status, 403);
    const still = await hot.readSkipped();
    t.equal(still.get(trimmed)?.cleared, undefined, 'nothing is cleared without its record');
    t.strictSame([...still.keys()].sort(), [present, trimmed].sort(), 'engines go on skipping both');
  },
);
