import t from 'tap';
import { ask } from './clients.js';
import { startRig } from './rig.js';

const CONSOLE = 'https://console.example';
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
};

t.test('a page of an allowed origin may ask for a ticket, as a browser does', async (t) => {
  const rig = await startRig(t);
  const preflight = await ask(rig, '/v1/ticket', {
    method: 'OPTIONS',
    headers: { origin: CONSOLE, ...PREFLIGHT },
  });
  t.equal(preflight.status, 204);
  t.match(Object.fromEntries(preflight.headers), {
    'access-control-allow-origin': CONSOLE,
    'access-control-allow-methods': /POST, PUT/,
    'access-control-allow-headers': /authorization, content-type/,
    vary: 'Origin',
  });
  const headers = { origin: CONSOLE };
  const token = await rig.token({ role: 'supervisor' });
  const ticket = await ask(rig, '/v1/ticket', { method: 'POST', token, headers });
  t.match(ticket.body, { ticket: /./ });
  t.equal(ticket.headers.get('access-control-allow-origin'), CONSOLE);
  rig.district().stale = { reason: 'behind', sinceMs: null, detail: 'as the test says' };
  const coverage = await ask(rig, '/v1/districts/meixian/coverage', { token, headers });
  t.match(coverage.headers.get('access-control-expose-headers'), 'beatwatch-stale', 'that a page can read');
  const refused = await ask(rig, '/v1/ticket', { method: 'POST', headers });
  t.strictSame([refused.status, refused.headers.get('access-control-allow-origin')], [401, CONSOLE], 'so are errors');
});

t.test('pages of other origins, and programs without one, get no leave', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  for (const origin of ['https://evil.example', 'https://console.example.evil', 'null', undefined]) {
    const headers = origin === undefined ? {} : { origin };
    const preflight = await ask(rig, '/v1/ticket', { method: 'OPTIONS', headers: { ...headers, ...PREFLIGHT } });
    t.equal(preflight.status, 404);
    const answer = await ask(rig, '/v1/ticket', { method: 'POST', token, headers });
    for (const { headers: got } of [preflight, answer]) {
      t.strictSame(
        [...got.keys()].filter((name) => name.startsWith('access-control-')),
        [],
        `${origin}`,
      );
      t.equal(got.get('vary'), 'Origin');
    }
  }
});
