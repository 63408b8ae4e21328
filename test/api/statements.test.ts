import t from 'tap';
import { Value } from 'typebox/value';
import { LiveMessageSchema } from '../../src/api/live/live-schemas.js';
import { CoverageSchema, StatementSchema, UnitSchema } from '../../src/api/schemas.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { MAX_STATED_PLACES, MAX_STATEMENT_MS } from '../../src/model/limits.js';
import { accessOf, ask, LiveClient } from './clients.js';
import { coverageOf, T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const UNIT = '/v1/districts/meixian/units/car-1';
const HOUR_MS = 3_600_000;
const AT = { statementId: 's-1', at: 'square', until: T0_MS + HOUR_MS, note: '电台：在广场' };

async function say(rig: Rig, body: object, unit = UNIT) {
  return await ask(rig, `${unit}/statement`, { token: await rig.token({ role: 'supervisor' }), body });
}
async function look(rig: Rig, path: string) {
  const headers = { 'x-purpose': 'case 12' };
  return (await ask(rig, path, { token: await rig.token({ role: 'auditor' }), headers })).body;
}

t.test('a supervisor states where a unit is, and it is shown as a statement beside the position', async (t) => {
  const rig = await startRig(t);
  const said = await say(rig, AT);
  const statement = {
    statementId: 's-1',
    actor: 'supervisor-li',
    at: 'square',
    notAt: [],
    untilMs: T0_MS + HOUR_MS,
    note: '电台：在广场',
  };
  t.match(said, { status: 201, body: { statement: { ...statement, endedMs: null, endedBy: null } } });
  t.strictSame([...Value.Errors(StatementSchema, said.body.statement)], []);
  t.strictSame(await rig.district().entries('statement'), [{ kind: 'statement', unit: 'car-1', ...statement }]);

  const again = await say(rig, AT);
  t.strictSame([again.status, again.body], [200, said.body], 'the same again is no second statement');
  t.match((await rig.district().reads()).map(accessOf).at(-1), {
    role: 'supervisor',
    what: 'POST /v1/districts/:district/units/:unit/statement',
    records: 1,
  });
  for (const other of [{ at: 'bridge' }, { note: 'another' }, { until: T0_MS + 2 * HOUR_MS }]) {
    t.match(await say(rig, { ...AT, ...other }), {
      status: 409,
      body: { code: 'statement-id-used', details: { got: 's-1', statement: { at: 'square' } } },
    });
  }
  t.equal((await rig.district().entries('statement')).length, 1);

  const { stale: _stale, ...unit } = await look(rig, UNIT);
  t.match(unit, { unit: 'car-1', position: null, statement });
  t.strictSame([...Value.Errors(UnitSchema, unit)], []);

  const next = await say(rig, { notAt: ['square', 'bridge', 'square'], until: '2026-03-02T08:30:00+08:00' });
  t.match(next, {
    status: 201,
    body: { statement: { statementId: /^[0-9a-f]{32}$/, at: null, notAt: ['bridge', 'square'], note: null } },
  });
  t.match(await say(rig, { ...AT }), {
    status: 409,
    body: {
      code: 'statement-not-standing',
      details: { statementId: 's-1', statement: { notAt: ['bridge', 'square'] } },
    },
  });
  t.match(await say(rig, { notAt: [], until: T0_MS + 1 }), {
    status: 201,
    body: { statement: { at: null, notAt: [] } },
  });
});

t.test('a place that is covered by what was said alone says so', async (t) => {
  const rig = await startRig(t);
  const square = { ...coverageOf('square'), statedUnits: ['car-1'] };
  await rig.district().engine.emit({ coverage: new Map([['square', square]]) });
  const { items = [] } = await look(rig, '/v1/districts/meixian/coverage');
  t.match(items, [{ place: 'square', presence: 'covered', units: ['car-1'], statedUnits: ['car-1'] }]);
  for (const item of items) t.strictSame([...Value.Errors(CoverageSchema, item)], []);
});

t.test('a live socket tells a statement with its unit, in the change and in the next snapshot', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const client = new LiveClient(rig, '/v1/districts/meixian/live', { token });
  t.strictSame((await client.first('snapshot')).units, []);
  await say(rig, AT);
  const change = await client.first('units');
  t.match(change, { units: [{ unit: 'car-1', statement: { at: 'square', untilMs: T0_MS + HOUR_MS, endedMs: null } }] });
  t.strictSame([...Value.Errors(LiveMessageSchema, change)], []);
  const later = new LiveClient(rig, '/v1/districts/meixian/live', { token });
  t.match((await later.first('snapshot')).units, [{ statement: { statementId: 's-1' } }]);
  for (const socket of [client, later]) await socket.close();
});

t.test('what cannot be stated is refused before it comes to the log', async (t) => {
  const rig = await startRig(t);
  const wrong: readonly (readonly [object, number, string])[] = [
    [{ at: undefined }, 400, 'request-invalid'],
    [{ notAt: ['bridge'] }, 400, 'request-invalid'],
    [{ until: T0_MS }, 400, 'request-invalid'],
    [{ until: T0_MS + MAX_STATEMENT_MS + 1 }, 400, 'request-invalid'],
    [{ until: undefined }, 400, 'request-invalid'],
    [{ at: 'No place' }, 400, 'request-invalid'],
    [{ at: undefined, notAt: Array.from({ length: MAX_STATED_PLACES + 1 }, () => 'bridge') }, 400, 'request-invalid'],
    [{ note: 'half \uD83D' }, 400, 'request-invalid'],
    [{ note: ' ' }, 400, 'request-invalid'],
    [{ at: 'nowhere' }, 404, 'place-unknown'],
    [{ at: undefined, notAt: ['bridge', 'nowhere'] }, 404, 'place-unknown'],
  ];
  for (const [more, status, code] of wrong)
    t.match(await say(rig, { ...AT, ...more }), { status, body: { code } }, JSON.stringify(more));
  t.match(await say(rig, AT, '/v1/districts/meixian/units/nobody'), { status: 404, body: { code: 'unit-unknown' } });
  t.strictSame(await rig.district().entries('statement'), []);
  t.equal((await say(rig, { ...AT, until: T0_MS + MAX_STATEMENT_MS })).status, 201, 'at the limit');
  const most = {
    statementId: 's-2',
    notAt: Array.from({ length: MAX_STATED_PLACES }, () => 'bridge'),
    until: T0_MS + 1,
  };
  t.equal((await say(rig, most)).status, 201);
});

t.test('an engine that does not come to it: 202, and the same asks again', async (t) => {
  const rig = await startRig(t);
  const { engine, hot } = rig.district();
  await engine.pause();
  t.match(await say(rig, AT), { status: 202, body: { statementId: 's-1', logId: /^\d+-\d+$/ } });
  engine.resume();
  await until(async () => (await hot.readUnits()).length === 1);
  t.equal((await say(rig, AT)).status, 200);
});

t.test('a statement that may not be in the log says so', async (t) => {
  const rig = await startRig(t);
  rig.district().appendFailure = new BeatwatchError('log-busy', 'busy');
  t.match(await say(rig, AT), { status: 503, body: { code: 'log-unavailable', details: { statementId: 's-1' } } });
  rig.district().appendFailure = null;
  rig.district().plan = null;
  t.match(await say(rig, AT), { status: 404, body: { code: 'plan-missing' } });
});
