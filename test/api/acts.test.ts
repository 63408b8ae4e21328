import t from 'tap';
import { BeatwatchError } from '../../src/model/errors.js';
import { MAX_SHELVE_MS } from '../../src/model/limits.js';
import { ask } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const GAP = `checkpoint-gap:square:${T0_MS}:1-0`;

async function act(rig: Rig, action: string, body: unknown, o: { readonly token?: string } = {}) {
  const token = o.token ?? (await rig.token({ role: 'supervisor' }));
  return await ask(rig, `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}/${action}`, { token, body });
}

function acknowledge(rig: Rig, body: unknown, o: { readonly token?: string } = {}) {
  return act(rig, 'acknowledge', body, o);
}

t.test('an acknowledgement is an entry of the log, and the engine answers it', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }] });
  const first = await acknowledge(rig, { version: 1, comment: '已派车', actionId: 'act-1' });
  t.match(first, {
    status: 200,
    body: {
      actionId: 'act-1',
      alert: {
        alertId: GAP,
        version: 2,
        state: 'ack-active',
        change: 'acknowledged',
        evidence: { actor: 'supervisor-li', comment: '已派车' },
      },
    },
  });
  t.strictSame(
    (await acknowledge(rig, { version: 1, actionId: 'act-1' })).body,
    first.body,
    'a repeat has the same answer',
  );
  t.equal((await rig.district().entries('action')).length, 1, 'and is no second action');

  const again = await acknowledge(rig, { version: 2, actionId: 'act-2' });
  t.match(again, {
    status: 409,
    body: {
      code: 'alert-acknowledged',
      details: {
        reason: 'already-acknowledged',
        got: 2,
        actionId: 'act-2',
        alert: { state: 'ack-active', change: 'refused' },
      },
    },
  });
  t.strictSame((await acknowledge(rig, { version: 2, actionId: 'act-2' })).body, again.body, 'a refusal, too');
  t.match(await acknowledge(rig, { version: 1 }), {
    status: 409,
    body: { code: 'alert-changed', details: { reason: 'stale-version', got: 1, expected: 2 } },
  });
  await engine.emit({ alerts: [{ alertId: GAP, change: 'cleared', condition: 'cleared', toMs: T0_MS + 1 }] });
  t.strictSame(
    (await acknowledge(rig, { version: 1, actionId: 'act-1' })).body,
    first.body,
    'also after later versions',
  );

  const other = await rig.token({ role: 'supervisor', subject: 'supervisor-wang' });
  t.match(await acknowledge(rig, { version: 3, actionId: 'act-1' }, { token: other }), {
    status: 409,
    body: { code: 'action-id-used' },
  });

  const { body } = await ask(rig, `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}`, { token: other });
  t.match(
    (body.versions as { change: string; version: number }[]).map(({ change, version }) => `${version} ${change}`),
    ['1 raised', '2 acknowledged', '2 refused', '2 refused', '3 cleared'],
    'refusals are visible',
  );
});

t.test('refusals that are the last transitions of an alert are in its history', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }, { alertId: 'other' }] });
  for (const actionId of ['a', 'b', 'c']) {
    t.match(await acknowledge(rig, { version: 7, actionId }), {
      status: 409,
      body: { details: { reason: 'stale-version' } },
    });
  }
  const token = await rig.token({ role: 'auditor' });
  const headers = { 'x-purpose': 'case 12' };
  const { body } = await ask(rig, `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}`, { token, headers });
  t.strictSame(
    (body.versions as { change: string; transition: number; evidence: { actionId?: string } }[]).map(
      ({ change, transition, evidence }) => [transition, change, evidence.actionId ?? null],
    ),
    [
      [1, 'raised', null],
      [3, 'refused', 'a'],
      [4, 'refused', 'b'],
      [5, 'refused', 'c'],
    ],
  );
  const listed = async (query: string) => {
    const { items } = (await ask(rig, `/v1/districts/meixian/alerts${query}`, { token, headers })).body as {
      readonly items: readonly { alertId: string; version: number; transition: number; change: string }[];
    };
    return items.map(({ alertId, version, transition, change }) => [alertId, version, transition, change]);
  };
  const other = ['other', 1, 2, 'raised'];
  for (const query of ['', '?state=all'])
    t.strictSame(
      await listed(query),
      [[GAP, 1, 1, 'raised'], other],
      `the last that was accepted is in …/alerts${query}`,
    );
  t.equal((await acknowledge(rig, { version: 1, actionId: 'd' })).status, 200, 'a refusal changes nothing');
  for (const query of ['', '?state=all'])
    t.strictSame(
      await listed(query),
      [other, [GAP, 2, 6, 'acknowledged']],
      `and what comes after it, …/alerts${query}`,
    );
});

t.test('shelve, unshelve, comment: each as an acknowledgement is', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const until = T0_MS + 3_600_000;
  const shelve = { version: 1, reason: '道路施工', until: '2026-03-02T09:00:00+08:00', actionId: 'act-1' };
  const shelved = await act(rig, 'shelve', shelve);
  t.match(shelved, {
    status: 200,
    body: {
      actionId: 'act-1',
      alert: {
        version: 2,
        change: 'shelved',
        state: 'shelved',
        shelvedUntilMs: until,
        evidence: { actor: 'supervisor-li', comment: '道路施工' },
      },
    },
  });
  t.strictSame((await act(rig, 'shelve', shelve)).body, shelved.body, 'a repeat has the same answer');
  t.strictSame((await act(rig, 'shelve', { ...shelve, until: T0_MS - 1 })).body, shelved.body, 'also when it is over');
  t.match(await act(rig, 'unshelve', { version: 1, actionId: 'act-2' }), {
    status: 409,
    body: { code: 'alert-changed', details: { reason: 'stale-version', got: 1, expected: 2, actionId: 'act-2' } },
  });
  t.match(await act(rig, 'unshelve', { version: 2, comment: 'early', actionId: 'act-3' }), {
    status: 200,
    body: { alert: { version: 3, change: 'unshelved', state: 'unack-active', evidence: { comment: 'early' } } },
  });
  t.match(await act(rig, 'comment', { version: 3, comment: 'seen by car 2' }), {
    status: 200,
    body: { alert: { version: 4, change: 'commented', evidence: { comment: 'seen by car 2' } } },
  });
  for (const actionId of ['act-1', 'act-3']) {
    t.match(
      await act(rig, 'comment', { version: 4, comment: 'x', actionId }),
      { status: 409, body: { code: 'action-id-used' } },
      'an id of another action',
    );
  }
  t.match(
    (await rig.district().entries('action')).map(({ action, untilMs, comment }) => [action, untilMs, comment]),
    [
      ['shelve', until, '道路施工'],
      ['unshelve', null, null],
      ['unshelve', null, 'early'],
      ['comment', null, 'seen by car 2'],
    ],
  );
  for (const untilMs of [T0_MS - 1, T0_MS, T0_MS + MAX_SHELVE_MS + 1]) {
    t.match(await act(rig, 'shelve', { version: 4, reason: 'x', until: untilMs }), {
      status: 400,
      body: {
        code: 'request-invalid',
        details: { faults: [{ path: 'body/until', got: new Date(untilMs).toISOString() }] },
      },
    });
  }
  t.equal((await act(rig, 'shelve', { version: 4, reason: 'x', until: T0_MS + MAX_SHELVE_MS })).status, 200);
});

t.test('a refusal that this server does not know is one all the same', async (t) => {
  const rig = await startRig(t);
  const evidence = { actionId: 'act-1', actor: 'supervisor-li', reason: 'of-a-newer-engine' as never };
  await rig
    .district()
    .engine.emit({ alerts: [{ alertId: GAP }, { alertId: GAP, change: 'refused', cause: 'operator', evidence }] });
  t.match(await act(rig, 'comment', { version: 1, comment: 'x', actionId: 'act-1' }), {
    status: 409,
    body: { code: 'action-refused', details: { reason: 'of-a-newer-engine' } },
  });
});

t.test('two supervisors at once: one acknowledges, the other sees why not (O1)', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const tokens = await Promise.all(['li', 'wang', 'chen'].map((subject) => rig.token({ role: 'supervisor', subject })));
  const answers = await Promise.all(tokens.map((token) => acknowledge(rig, { version: 1 }, { token })));
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  t.equal((await rig.district().entries('action')).length, 3, 'each is in the log');
});

t.test('an engine that does not come to it: 202, and the same action asks again', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }] });
  await engine.pause();
  const waiting = await acknowledge(rig, { version: 1, actionId: 'act-1' });
  t.equal(waiting.status, 202);
  t.match(waiting.body, { actionId: 'act-1', logId: /^\d+-\d+$/ });
  engine.resume();
  await until(() => engine.alerts.get(GAP)?.acknowledged === true);
  t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), { status: 200, body: { alert: { version: 2 } } });
  t.equal((await rig.district().entries('action')).length, 1);
});

t.test(
  'an action that may not be in the log says so, and one that the engine knows nothing of is refused (O1)',
  async (t) => {
    const rig = await startRig(t);
    const { engine } = rig.district();
    await engine.emit({ alerts: [{ alertId: GAP }] });
    rig.district().appendFailure = new BeatwatchError('log-full', 'full');
    t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), {
      status: 503,
      body: { code: 'log-unavailable', details: { actionId: 'act-1' } },
    });
    rig.district().appendFailure = null;
    engine.alerts.delete(GAP);
    t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), {
      status: 409,
      body: { code: 'alert-not-standing', details: { reason: 'not-standing' } },
    });
  },
);

t.test(
  'who repeats an act, or tries one that must fail, reads: each answer that shows something is recorded',
  async (t) => {
    const rig = await startRig(t);
    const district = rig.district();
    await district.engine.emit({ alerts: [{ alertId: GAP }] });
    const curious = await rig.token({ role: 'supervisor', subject: 'supervisor-wang' });
    const task = { taskId: 'escort-7', task: 'escort', units: ['car-1'], reason: 'convoy' };
    const tasks = '/v1/districts/meixian/tasks';
    const tried: [status: number, records: number, parameter: string, call: () => ReturnType<typeof ask>][] = [
      [200, 1, 'act-1', () => acknowledge(rig, { version: 1, actionId: 'act-1' })],
      [200, 1, 'act-1', () => acknowledge(rig, { version: 1, actionId: 'act-1' })],
      [409, 1, 'act-2', () => acknowledge(rig, { version: 1, actionId: 'act-2' }, { token: curious })],
      [409, 0, 'act-1', () => acknowledge(rig, { version: 1, actionId: 'act-1' }, { token: curious })],
      [201, 1, 'escort-7', () => ask(rig, tasks, { token: curious, body: task })],
      [409, 1, 'escort-7', () => ask(rig, tasks, { token: curious, body: { ...task, reason: 'x' } })],
      [404, 0, 'escort-8', () => ask(rig, `${tasks}/escort-8/close`, { token: curious, body: {} })],
    ];
    for (const [status, records, parameter, call] of tried) {
      const before = (await district.reads()).length;
      t.equal((await call()).status, status);
      const [entry, ...more] = (await district.reads()).slice(before);
      t.match(entry, { records, what: /^POST / }, `${status} ${parameter}`);
      t.match(entry?.parameters ?? '', parameter);
      t.strictSame(more, []);
    }
  },
);
