import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import type { Role } from '../../src/model/roles.js';
import { startTestRedis, temporaryFolder } from '../support/redis-server.js';
import { projectPath } from '../documents/project.js';
import { MEIXIAN } from './programs.js';
import { openSite, serve } from './served-district.js';

/** What is promised: so long after a revocation no process takes the token, or has a socket of it. */
const PROMISED_MS = 2_000;
/** For a machine that has more to do. */
const SLACK_MS = 3_000;

t.test('a token that is revoked under one district is out of use in a process that serves the other', async (t) => {
  const { socketPath } = await startTestRedis(t);
  const folder = await temporaryFolder(t);
  const key = await createKeyPair(join(folder, 'keys'));
  const variables = {
    REDIS_URL: `unix://${socketPath}`,
    BEATWATCH_PORT: '0',
    BEATWATCH_PUBLIC_KEYS: join(folder, 'keys', 'public.jwks'),
  };
  const site = await openSite(t, variables);
  const here = await serve(t, site, { BEATWATCH_DISTRICTS: MEIXIAN });
  const there = await serve(t, site, {
    BEATWATCH_DISTRICTS: projectPath('fixtures/example'),
    BEATWATCH_DATA: join(folder, 'there'),
  });
  const token = (role: Role, tokenId: string, ...districts: string[]) =>
    signToken({ key, role, subject: 'li', districts, ttlS: 3_600, nowMs: Date.now(), tokenId });
  const lost = await token('supervisor', 'lost', 'example', 'meixian');
  const kept = await token('supervisor', 'kept', 'example');
  const admin = await token('admin', 'admin', 'meixian');
  const open = async (text: string) => {
    const url = `${there.url.replace(/^http/, 'ws')}/v1/districts/example/live`;
    const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization: `Bearer ${text}` } });
    t.teardown(() => socket.terminate());
    await once(socket, 'message');
    return socket;
  };
  const [lostSocket, keptSocket] = [await open(lost), await open(kept)];
  const closed = once(lostSocket, 'close');
  const revoke = (tokenId: string) =>
    fetch(`${here.url}/v1/districts/meixian/revocations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tokenId, expiresAtMs: 1 }),
    });
  for (const tokenId of ['kept', 'lost', 'another']) t.equal((await revoke(tokenId)).status, 200);
  const revokedMs = performance.now();
  const [code] = (await Promise.race([closed, sleep(PROMISED_MS + SLACK_MS, [0])])) as [number];
  t.equal(code, 4402, 'the live socket of the other process is closed');
  t.comment(`${Math.round(performance.now() - revokedMs)} ms after the revocation`);
  const statusOf = async (text: string) => {
    const response = await fetch(`${there.url}/v1/districts/example`, { headers: { authorization: `Bearer ${text}` } });
    return response.status;
  };
  t.equal(await statusOf(lost), 401);
  t.equal(await statusOf(kept), 200, 'a token that the admin does not administrate is untouched');
  t.equal(keptSocket.readyState, WebSocket.OPEN);
});
