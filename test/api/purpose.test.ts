import t from 'tap';
import { PERMISSIONS } from '../../src/access/permissions.js';
import { ROUTES } from '../../src/api/route-table.js';
import { ask } from './clients.js';
import { positionOf, T0_MS, unitOf } from './records.js';
import { startRig } from './rig.js';

const WHY = { 'x-purpose': 'case 12' };

const RANGE = `from=${T0_MS}&to=${T0_MS + 60_000}`;
/** What some routes must be asked with. */
const NEEDED: Readonly<Record<string, string>> = {
  '/nearest-units': 'place=square',
  '/traces': RANGE,
  '/places/square/presence': RANGE,
  '/presence': RANGE,
  '/places/square/visits': RANGE,
  '/alert-versions': RANGE,
  '/reports/dwell': 'day=2026-11-24',
};
const AREA = { area: { type: 'Circle', center: [116.1, 24.3], radiusM: 100 } };
const TRIED = { sourceSha256: 'ab'.repeat(32), from: T0_MS, to: T0_MS + 60_000 };
/** No day of the rig is settled, and no plan has that digest. */
const UNKNOWN: readonly string[] = ['/days/2026-11-24', '/what-if'];

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
    const [method = 'GET', pattern = ''] = route.split(' ');
    const path = pattern
      .replace(':district', 'meixian')
      .replace(':unit', 'car-1')
      .replace(':place', 'square')
      .replace(':day', '2026-11-24')
      .replace(':report', 'dwell')
      .replace(':alertId', 'dwell');
    const tail = path.replace('/v1/districts/meixian', '');
    const query = (purpose: string) => {
      const parts = [NEEDED[tail] ?? '', purpose].filter((part) => part !== '');
      return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
    };
    const asked = { token, method, ...(method === 'POST' ? { body: tail === '/what-if' ? TRIED : AREA } : {}) };
    const expected = UNKNOWN.includes(tail) ? 404 : 200;
    const silent = await ask(rig, query(''), asked);
    t.match(
      { status: silent.status, code: silent.body.code, details: silent.body.details },
      { status: 400, code: 'purpose-missing', details: { expected: /the header X-Purpose/ } },
      route,
    );
    t.notMatch(silent.text, 'car-1');
    t.equal((await ask(rig, query(''), { ...asked, headers: WHY })).status, expected, route);
    t.equal((await ask(rig, query('purpose=case+12'), asked)).status, expected, route);
    for (const blank of ['%20', '%E3%80%80', '']) {
      const { status, body } = await ask(rig, query(`purpose=${blank}`), asked);
      t.match({ status, code: body.code }, { status: 400, code: 'request-invalid' }, `${route}: ${blank}`);
    }
  }
  const { body } = await ask(rig, '/v1/districts/meixian/visits?purpose=a%E2%80%AEb', { token });
  t.match(body.details, { faults: [{ path: 'query/purpose', got: 'U+202E, a direction control, at character 2' }] });
});
