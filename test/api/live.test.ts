import t from 'tap';
import { Value } from 'typebox/value';
import { LiveMessageSchema } from '../../src/api/live/live-schemas.js';
import { accessOf, ask, LiveClient, refusedUpgrade } from './clients.js';
import type { AlertWish } from './played-engine.js';
import { coverageOf, positionOf, T0_MS, taskOf, unitOf } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const LIVE = '/v1/districts/meixian/live';
const seed = Number(process.env.BEATWATCH_TEST_SEED ?? 20_260_302);

async function connect(rig: Rig, query = '', subject = 'supervisor-li'): Promise<LiveClient> {
  return new LiveClient(rig, `${LIVE}?${query}`, { token: await rig.token({ role: 'supervisor', subject }) });
}

function wishes(count: number, o: Partial<AlertWish> = {}, prefix = 'a'): AlertWish[] {
  return Array.from({ length: count }, (_, i) => ({ alertId: `${prefix}${i}`, ...o }));
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

t.test('first a snapshot of one instant, then every change', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({
    alerts: [{ alertId: 'open' }, { alertId: 'gone', condition: 'cleared', acknowledged: true }],
    positions: new Map([['car-1', positionOf('car-1')]]),
    units: new Map([['car-1', unitOf('car-1')]]),
    coverage: new Map([['square', coverageOf('square')]]),
    tasks: new Map([['works', taskOf('works', { places: ['square'] })]]),
  });
  const client = await connect(rig);
  const snapshot = await client.first('snapshot');
  t.equal(client.socket.protocol, 'beatwatch.live.v1');
  t.match(snapshot, {
    lastAlert: 2,
    cursor: { lastAlert: 2 },
    openAlerts: [{ alertId: 'open', state: 'unack-active', transition: 1 }],
    coverage: [coverageOf('square')],
    positions: [positionOf('car-1')],
    units: [unitOf('car-1')],
    tasks: [taskOf('works', { places: ['square'] })],
  });
  t.equal(client.messages[0]?.type, 'snapshot', 'nothing comes before it');

  await engine.emit({
    alerts: [{ alertId: 'open', condition: 'cleared', change: 'cleared', toMs: T0_MS + 1 }],
    positions: new Map([
      ['car-1', positionOf('car-1', T0_MS + 1)],
      ['car-2', positionOf('car-2')],
    ]),
    units: new Map([['car-1', null]]),
    coverage: new Map([['square', coverageOf('square', 'unknown')]]),
    tasks: new Map([
      ['works', null],
      ['escort', taskOf('escort', { units: ['car-2'] })],
    ]),
  });
  const kinds = ['alert', 'positions', 'units', 'coverage', 'tasks'] as const;
  await until(() => kinds.every((type) => client.of(type).length > 0));
  t.match(client.of('alert'), [
    { alertId: 'open', transition: 3, version: 2, state: 'unack-cleared', sentence: { zh: /./ } },
  ]);
  t.strictSame(client.of('positions'), [
    { type: 'positions', positions: [positionOf('car-1', T0_MS + 1), positionOf('car-2')] },
  ]);
  t.strictSame(client.of('units'), [{ type: 'units', units: [], removed: ['car-1'] }]);
  t.strictSame(client.of('coverage'), [{ type: 'coverage', coverage: [coverageOf('square', 'unknown')] }]);
  t.strictSame(client.of('tasks'), [
    { type: 'tasks', tasks: [taskOf('escort', { units: ['car-2'] })], removed: ['works'] },
  ]);
  for (const message of client.messages) {
    t.strictSame(
      [...Value.Errors(LiveMessageSchema, message)].slice(0, 2),
      [],
      `${message.type} is as its schema says`,
    );
  }
});

t.test('a filter by an id that the plan does not have is refused, not silent for ever', async (t) => {
  const rig = await startRig(t);
  const authorization = `Bearer ${await rig.token({ role: 'supervisor' })}`;
  const placeUnknown = { code: 'place-unknown', message: /sqare/, details: { got: 'sqare' } };
  const refused = await refusedUpgrade(rig, `${LIVE}?place=square,sqare`, { authorization });
  t.match(refused, { status: 404, body: placeUnknown });
  t.match(await refusedUpgrade(rig, `${LIVE}?unit=car-9`, { authorization }), {
    status: 404,
    body: { code: 'unit-unknown', details: { got: 'car-9' } },
  });
  const client = await connect(rig, 'place=square');
  await client.first('snapshot');
  client.socket.send(JSON.stringify({ type: 'subscribe', places: ['square', 'sqare'] }));
  t.strictSame(await client.end(), { code: 4400, reason: 'message-invalid' });
  t.match(client.of('error'), [placeUnknown]);
  rig.district().plan = null;
  await (await connect(rig, 'place=sqare')).first('snapshot');
  t.pass('before the first plan nobody knows which ids there will be');
});

t.test('two supervisors: what one does, both see', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: 'a0' }] });
  const [li, wang] = [await connect(rig, '', 'li'), await connect(rig, '', 'wang')];
  await Promise.all([li.first('snapshot'), wang.first('snapshot')]);
  const token = await rig.token({ role: 'supervisor', subject: 'li' });
  const { status } = await ask(rig, '/v1/districts/meixian/alerts/a0/acknowledge', { token, body: { version: 1 } });
  t.equal(status, 200);
  for (const client of [li, wang]) {
    t.match(await client.first('alert'), { change: 'acknowledged', state: 'ack-active', evidence: { actor: 'li' } });
  }
});

t.test('filters, by query and by message', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const gap = { alertId: 'gap' };
  const bridge: AlertWish = { alertId: 'bridge', place: 'bridge', severity: 'low' };
  const dwell: AlertWish = { alertId: 'dwell', rule: 'dwell-short', unit: 'car-1', severity: 'medium' };
  const silence: AlertWish = { alertId: 'silence', rule: 'tracker-silence', place: null, unit: 'car-2' };
  const all = [gap, bridge, dwell, silence];
  const state = {
    positions: new Map([
      ['car-1', positionOf('car-1')],
      ['car-2', positionOf('car-2')],
    ]),
    units: new Map([
      ['car-1', unitOf('car-1')],
      ['car-2', unitOf('car-2')],
    ]),
    coverage: new Map([
      ['square', coverageOf('square')],
      ['bridge', coverageOf('bridge')],
    ]),
    tasks: new Map([
      ['at-square', taskOf('at-square', { places: ['square'] })],
      ['of-car-1', taskOf('of-car-1', { units: ['car-1'] })],
    ]),
  };
  await engine.emit({ alerts: all, ...state });
  const cases: [query: string, alerts: string[], units: string[], places: string[], tasks: string[]][] = [
    ['', ['gap', 'bridge', 'dwell', 'silence'], ['car-1', 'car-2'], ['bridge', 'square'], ['at-square', 'of-car-1']],
    ['place=square', ['gap', 'dwell'], ['car-1', 'car-2'], ['square'], ['at-square']],
    ['place=square,bridge', ['gap', 'bridge', 'dwell'], ['car-1', 'car-2'], ['bridge', 'square'], ['at-square']],
    ['unit=car-1', ['dwell'], ['car-1'], ['bridge', 'square'], ['of-car-1']],
    ['unit=car-2&place=square', [], ['car-2'], ['square'], ['at-square']],
    [
      'rule=dwell-short,tracker-silence',
      ['dwell', 'silence'],
      ['car-1', 'car-2'],
      ['bridge', 'square'],
      ['at-square', 'of-car-1'],
    ],
    ['severity=low', ['bridge'], ['car-1', 'car-2'], ['bridge', 'square'], ['at-square', 'of-car-1']],
    [
      'severity=high,medium&rule=checkpoint-gap',
      ['gap'],
      ['car-1', 'car-2'],
      ['bridge', 'square'],
      ['at-square', 'of-car-1'],
    ],
  ];
  const clients = await Promise.all(cases.map(([query], i) => connect(rig, query, `s${i}`)));
  await Promise.all(clients.map((client) => client.first('snapshot')));
  await engine.emit({ alerts: all, ...state });
  await engine.emit({ alerts: [{ alertId: 'end', severity: 'high' }] });
  await until(() => clients[0]?.transitions.includes(9) === true);
  for (const [i, [query, alerts, units, places, tasks]] of cases.entries()) {
    const client = clients[i];
    const [snapshot] = client?.of('snapshot') ?? [];
    t.strictSame(
      snapshot?.openAlerts?.map(({ alertId }) => alertId),
      alerts,
      `alerts of the snapshot: ${query}`,
    );
    t.strictSame(
      snapshot?.positions.map(({ unit }) => unit),
      units,
      query,
    );
    t.strictSame(
      snapshot?.units.map(({ unit }) => unit),
      units,
      query,
    );
    t.strictSame(
      snapshot?.coverage.map(({ place }) => place),
      places,
      query,
    );
    t.strictSame(
      snapshot?.tasks.map(({ taskId }) => taskId),
      tasks,
      query,
    );
    await until(() => (client?.of('tasks').length ?? 0) > 0);
    t.strictSame(
      client?.of('tasks')[0]?.tasks.map(({ taskId }) => taskId),
      tasks,
      query,
    );
    t.strictSame(
      client
        ?.of('alert')
        .map(({ alertId }) => alertId)
        .filter((id) => id !== 'end'),
      alerts,
      query,
    );
    t.strictSame(
      client?.of('positions')[0]?.positions.map(({ unit }) => unit),
      units,
      query,
    );
    t.strictSame(
      client
        ?.of('coverage')[0]
        ?.coverage.map(({ place }) => place)
        .sort(),
      places,
      query,
    );
    await client?.close();
  }

  const client = await connect(rig, 'unit=car-2', 'changes');
  await client.first('snapshot');
  client.socket.send(JSON.stringify({ type: 'subscribe', places: ['bridge'], severities: ['low', 'medium'] }));
  await until(() => client.of('snapshot').length === 2);
  t.match(client.of('snapshot')[1], {
    openAlerts: [{ alertId: 'bridge' }],
    positions: { length: 2 },
    coverage: [{ place: 'bridge' }],
  });
  await engine.emit({ alerts: all });
  await client.first('alert');
  client.socket.send(JSON.stringify({ type: 'subscribe' }));
  await until(() => client.of('snapshot').length === 3);
  t.strictSame(
    client.of('alert').map(({ alertId }) => alertId),
    ['bridge'],
  );
  t.equal(client.of('snapshot')[2]?.openAlerts?.length, 5);
  const lines = (await rig.district().reads()).map(accessOf).filter(({ actor }) => actor === 'changes');
  t.match(
    lines.map(({ parameters }) => parameters),
    [
      { event: 'begin', filter: { units: ['car-2'] } },
      { event: 'subscribe', filter: { places: ['bridge'], severities: ['low', 'medium'] } },
      { event: 'subscribe', filter: {} },
    ],
    'each filter is in the access log',
  );
});

t.test(
  `resuming under continuous commits: every transition once, in order, without a hole (seed ${seed}) [resume]`,
  async (t) => {
    const rig = await startRig(t);
    const { engine } = rig.district();
    const random = mulberry32(seed);
    const total = 600;
    let emitted = 0;
    const writing = (async () => {
      while (emitted < total) {
        const count = Math.min(1 + Math.floor(random() * 5), total - emitted);
        await engine.emit({
          alerts: wishes(count, {}, `b${emitted}-`),
          positions: new Map([['car-1', positionOf('car-1', T0_MS + emitted)]]),
        });
        emitted += count;
      }
    })();
    const supervise = async (subject: string, filter = '') => {
      const seen: number[] = [];
      let connections = 0;
      for (let after = 0; after < total; ) {
        connections += 1;
        const client = await connect(rig, `after=${after}${filter}`, subject);
        const enough = after + 1 + Math.floor(random() * 150);
        await until(() => Math.max(0, ...client.transitions) >= Math.min(enough, total) || client.closed !== null);
        // Whatever still comes while it closes was not taken.
        const taken = client.transitions;
        client.socket.terminate();
        seen.push(...taken);
        after = seen.at(-1) ?? after;
      }
      return { seen, connections };
    };
    const results = await Promise.all([supervise('li'), supervise('wang'), supervise('chen', '&place=square')]);
    await writing;
    for (const { seen, connections } of results) {
      t.strictSame(seen, upTo(total));
      t.ok(connections > 3, `${connections} connections`);
    }
  },
);

t.test(
  'a resume: the missed transitions, then the state without open alerts, then the next ones [resume]',
  async (t) => {
    const rig = await startRig(t);
    const { engine } = rig.district();
    await engine.emit({ alerts: wishes(1_200), coverage: new Map([['square', coverageOf('square')]]) });
    const client = await connect(rig, 'after=100');
    const snapshot = await client.first('snapshot');
    t.match(snapshot, { lastAlert: 1_200, openAlerts: null, coverage: [coverageOf('square')] });
    t.strictSame(client.transitions, upTo(1_200, 101), 'more than one page of them');
    t.equal(client.messages.at(-1)?.type, 'snapshot', 'the snapshot says that it is up to date');
    await engine.emit({ alerts: wishes(2) });
    await until(() => client.transitions.length === 1_102);
    t.strictSame(client.transitions, upTo(1_202, 101));

    const current = await connect(rig, 'after=1202');
    t.match(await current.first('snapshot'), { openAlerts: null, lastAlert: 1_202 });
    t.strictSame(current.transitions, []);
    const begin = (await rig.district().reads()).map(accessOf).find(({ what }) => what === 'live');
    t.match(begin, { parameters: { event: 'resume', after: 100 }, records: 1_100 + 1 });
  },
);

t.test('what is not there any more is said: resync, then a whole snapshot (Q2)', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: wishes(20) });
  await rig.query.xtrim('bw:{meixian}:alerts', 'MINID', '11-0');
  const expectations: [after: number, resync: boolean][] = [
    [0, true],
    [9, true],
    [10, false],
    [20, false],
    [21, true],
  ];
  for (const [after, resync] of expectations) {
    const client = await connect(rig, `after=${after}`);
    const snapshot = await client.first('snapshot');
    if (resync) {
      t.match(
        client.messages,
        [
          { type: 'resync', first: 11, last: 20 },
          { type: 'snapshot', lastAlert: 20, openAlerts: { length: 20 } },
        ],
        `after ${after}`,
      );
    } else {
      t.equal(snapshot.openAlerts, null);
      t.strictSame(client.transitions, upTo(20, after + 1), `after ${after}`);
    }
    await client.close();
  }

  const client = await connect(rig);
  await client.first('snapshot');
  await engine.pause();
  // A store from a copy of another time.
  const cursor = JSON.parse((await rig.query.get('bw:{meixian}:cursor')) ?? '{}') as object;
  await rig.query.xtrim('bw:{meixian}:alerts', 'MAXLEN', 0);
  await rig.query.xadd(
    'bw:{meixian}:alerts',
    '40-0',
    'json',
    JSON.stringify({ ...engine.alerts.get('a0'), transition: 40 }),
  );
  await rig.query.set('bw:{meixian}:cursor', JSON.stringify({ ...cursor, lastAlert: 40 }));
  await until(() => client.of('snapshot').length === 2);
  t.match(
    client.messages,
    [{ type: 'snapshot' }, { type: 'resync', first: 40, last: 40 }, { type: 'snapshot', lastAlert: 40 }],
    'also when it happens to an open socket',
  );
});

t.test('the lossy channel may lose anything: alerts come by themselves, and state is read again', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const client = await connect(rig);
  await client.first('snapshot');
  await engine.emit({ alerts: [{ alertId: 'a0' }], positions: new Map([['car-1', positionOf('car-1')]]) });
  await until(() => client.transitions.length === 1 && client.of('positions').length > 0);
  await rig.query.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await engine.emit({
    alerts: [{ alertId: 'a1' }],
    positions: new Map([
      ['car-1', positionOf('car-1', T0_MS + 7)],
      ['car-2', positionOf('car-2')],
    ]),
  });
  await until(() => client.transitions.length === 2);
  await until(() => client.of('positions').some(({ positions }) => positions.some(({ unit }) => unit === 'car-2')));
  const latest = new Map(
    client
      .of('positions')
      .flatMap(({ positions }) => positions)
      .map((position) => [position.unit, position]),
  );
  t.equal(latest.get('car-1')?.eventTimeMs, T0_MS + 7);

  const many = Array.from({ length: 2_500 }, (_, i) => `car-${i}`);
  await engine.emit({ positions: new Map(many.map((unit) => [unit, positionOf(unit, T0_MS + 9)])) });
  await until(() => client.of('positions').some(({ positions }) => positions.length === many.length));
  t.equal(client.of('positions').at(-1)?.complete, true, 'a change too big for one message comes as the whole state');
});

t.test('begin and end of each socket are in the access log, with how much was shown', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({
    alerts: wishes(3),
    units: new Map([['car-1', unitOf('car-1')]]),
    coverage: new Map([['square', coverageOf('square')]]),
  });
  const token = await rig.token({ role: 'supervisor' });
  const client = new LiveClient(rig, `${LIVE}?place=square`, { token, headers: { 'x-purpose': 'shift 3' } });
  await client.first('snapshot');
  await engine.emit({ alerts: [{ alertId: 'a0' }, { alertId: 'b', place: 'bridge' }] });
  await until(() => client.transitions.length === 1);
  await client.close();
  const entries = async () => (await rig.district().reads()).map(accessOf);
  await until(async () => (await entries()).length === 2);
  const who = { actor: 'supervisor-li', role: 'supervisor', what: 'live', purpose: 'shift 3' };
  t.strictSame(await entries(), [
    { ...who, parameters: { event: 'begin', filter: { places: ['square'] } }, records: 3 + 1 + 1 },
    { ...who, parameters: { event: 'end', filter: { places: ['square'] } }, records: 3 + 1 + 1 + 1 },
  ]);
});

/** Small seeded generator; the sequence is a function of the seed alone. */
function mulberry32(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
