import t from 'tap';
import { MEIXIAN_FOLDER } from '../../src/commands/fixture.js';
import { withLocalServer } from '../../src/commands/local-server.js';
import { openOutput } from '../../src/commands/output.js';

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
