import t from 'tap';
import { MEIXIAN_FOLDER } from '../../src/commands/fixture.js';
import { withLocalServer } from '../../src/commands/local-server.js';
import { openOutput } from '../../src/commands/output.js';

t.test('an auditor can read what was logged so far', async (t) => {
  const nowhere = { write: () => true };
  const fromMs = Date.parse('2026-11-24T07:20:00+08:00');
  await withLocalServer(
    {
      districtFolder: MEIXIAN_FOLDER,
      fromMs,
      port: 0,
      signal: new AbortController().signal,
      output: openOutput({ json: true, stdout: nowhere, stderr: nowhere }),
    },
    async (server) => {
      const headers = { authorization: `Bearer ${await server.auditorToken()}` };
      const range = `from=${fromMs - 3_600_000}&to=${fromMs}&purpose=look`;
      const answer = await fetch(`${server.url}/v1/districts/meixian/traces?${range}`, { headers });
      t.equal(answer.status, 200);
      const { items } = (await answer.json()) as { items: { type: string }[] };
      t.ok(items.length > 0 && items.every(({ type }) => type === 'hole'), 'no tracker has sent anything yet');
    },
  );
});

t.test('nobody begins to follow a server that has been stopped', async (t) => {
  const controller = new AbortController();
  const nowhere = { write: () => true };
  const whole = await withLocalServer(
    {
      districtFolder: MEIXIAN_FOLDER,
      fromMs: Date.parse('2026-11-24T07:20:00+08:00'),
      port: 0,
      signal: controller.signal,
      output: openOutput({ json: true, stdout: nowhere, stderr: nowhere }),
    },
    async (server) => {
      controller.abort(new Error('stopped'));
      await t.rejects(
        server.supervise(() => undefined),
        { message: 'stopped' },
      );
    },
  );
  t.equal(whole, false);
});
