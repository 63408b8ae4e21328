import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startExampleServer } from '../documents/example-server.js';
import { temporaryFolder } from '../support/redis-server.js';
import { beside, shown, wordsOf } from './beside-server.js';

/** 08:50 in China, on the day of the manual's roster. */
const START_MS = Date.parse('2026-11-24T08:50:00+08:00');

t.test(
  'a roster is set as the manual shows, read with an entry of who looked, and told with all its faults',
  async (t) => {
    const server = await startExampleServer(t, { startMs: START_MS });
    const [admin, supervisor] = [await server.token('admin', 'anna'), await server.token('supervisor', 'li')];
    await server.ask('/v1/districts/example/clock', admin, { nowMs: START_MS + 120_000 });
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'night.json'), shown('roster-file'));
    t.match(await server.ask('/v1/districts/example/roster', supervisor), { roster: null });
    const set = await beside(t, supervisor, [...wordsOf('roster'), '--url', server.url], folder);
    t.match(set, { status: 0, stdout: shown('roster-output'), stderr: '' });
    t.match(await server.ask('/v1/districts/example/roster', supervisor), {
      roster: {
        kept: [Date.parse('2026-11-24T20:00:00+08:00'), Date.parse('2026-11-25T08:30:00+08:00')],
        shifts: [{ unit: 'car-1', officers: ['p1001', 'p1002', 'p1003', 'p1004'] }, { officers: { length: 3 } }],
        last: { actor: 'li', reason: 'night of the 24th' },
      },
    });
    const accesses = (await server.ask('/v1/districts/example/accesses', admin)) as { items: readonly object[] };
    t.match(
      accesses.items.filter((one) => 'what' in one && String(one.what).includes('/roster')),
      [{ actor: 'li', what: 'GET /v1/districts/:district/roster' }],
    );
    const roster = JSON.parse(shown('roster-file')) as { readonly shifts: readonly object[] };
    const wrong = { ...roster, shifts: [...roster.shifts, { unit: 'car-9', officers: ['p1001'] }] };
    await writeFile(join(folder, 'wrong.json'), JSON.stringify(wrong));
    const refused = await beside(t, supervisor, ['district', 'roster', 'wrong.json', '--url', server.url], folder);
    t.equal(refused.status, 1);
    t.match(
      refused.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      [
        { type: 'fault', file: 'roster.json', path: '/shifts/2/unit' },
        { path: '/shifts/2/officers', reason: /"p1001", who is on "car-1"/ },
      ],
    );
    const body = { roster, rosterId: 'night-24' };
    const put = async () =>
      await fetch(`${server.url}/v1/districts/example/roster`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    t.equal((await put()).status, 201);
    t.equal((await put()).status, 200, 'the same again changes nothing');
  },
);
