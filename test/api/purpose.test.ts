import t from 'tap';
import { PERMISSIONS } from '../../src/access/permissions.js';
import { ROUTES } from '../../src/api/route-table.js';
import { ask } from './clients.js';
import { positionOf, unitOf } from './records.js';
import { startRig } from './rig.js';

const WHY = { 'x-purpose': 'case 12' };

t.test('an auditor says why, in the header or the query; nothing is read without', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({
    alerts: [{ alertId: 'dwell' }],
    positions: new Map([['car-1', positionOf('car-1')]]),
    units: new Map([['car-1', unitOf('car-1')]]),
  });
  const token = await rig.token({ role: 'auditor' });
  for (const [route, permission] of Object.entries(ROUTES)) {
    if (!(PERMISSIONS[permission].roles as readonly string[]).includes('auditor')) continue;
    const path = route
      .slice('GET '.length)
      .replace(':district', 'meixian')
      .replace(':unit', 'car-1')
      .replace(':alertId', 'dwell');
    const silent = await ask(rig, path, { token });
    t.match(
      { status: silent.status, code: silent.body.code, details: silent.body.details },
      { status: 400, code: 'purpose-missing', details: { expected: /the header X-Purpose/ } },
      route,
    );
    t.notMatch(silent.text, 'car-1');
    t.equal((await ask(rig, path, { token, headers: WHY })).status, 200, route);
    t.equal((await ask(rig, `${path}?purpose=case+12`, { token })).status, 200, route);
    for (const blank of ['%20', '%E3%80%80', '']) {
      const { status, body } = await ask(rig, `${path}?purpose=${blank}`, { token });
      t.match({ status, code: body.code }, { status: 400, code: 'request-invalid' }, `${route}: ${blank}`);
    }
  }
  const { body } = await ask(rig, '/v1/districts/meixian/visits?purpose=a%E2%80%AEb', { token });
  t.match(body.details, { faults: [{ path: 'query/purpose', got: 'U+202E, a direction control, at character 2' }] });
});
