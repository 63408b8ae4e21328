import t from 'tap';
import { logKey } from '../../src/log/raw-entry.js';
import { startWholeServer } from './whole-server.js';

t.setTimeout(120_000);

t.test('an entry that no engine can fold keeps the server from being ready until somebody clears it', async (t) => {
  const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T11:40:00+08:00') });
  const { origin } = new URL(server.ingestUrl.replace(/^ws/, 'http'));
  const headers = {
    authorization: `Bearer ${await server.token('admin', 'zhao')}`,
    'content-type': 'application/json',
  };
  const readiness = async (): Promise<string> => {
    const { checks } = (await (await fetch(`${origin}/readyz`)).json()) as {
      checks: readonly { name: string; ok: boolean; detail: string }[];
    };
    const engine = checks.find(({ name }) => name.startsWith('engine'));
    return `${engine?.ok} ${engine?.detail}`;
  };
  t.match(await readiness(), /^true/);
  const poison = Buffer.from('ff00ff00', 'hex');
  const id = await server.admin.xadd(logKey(server.host.id), `${server.nowMs() + 1}-*`, 'k', 'action', 'p', poison);
  await server.pass(2_000);
  t.match(await readiness(), /^false .*1 entries could not be folded.*\/skipped/);

  const skipped = `${origin}/v1/districts/${server.host.id}/skipped`;
  const { items } = (await (await fetch(skipped, { headers })).json()) as { items: readonly object[] };
  t.match(items, [{ logId: id, kind: 'action', bytes: 4, payload: poison.toString('base64'), cleared: null }]);
  const body = JSON.stringify({ reason: 'written by hand; nothing lost' });
  t.equal((await fetch(`${skipped}/${id}/clear`, { method: 'POST', headers, body })).status, 200);
  t.match(await readiness(), /^true/, 'at once');
  await server.pass(60_000);
  t.match(await readiness(), /^true/, 'and from then on');
});
