import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { TestScope } from '../support/redis-server.js';
import { beatwatch } from './programs.js';
import { openSite, serve } from './served-district.js';

/** Keeps a socket open that sends the same requests for ever and reads nothing; a new one when it is cut. */
function pipeline(t: TestScope, port: number, text: string): void {
  const pipelined = text.repeat(500);
  let ended = false;
  t.teardown(() => {
    ended = true;
  });
  const attack = async (): Promise<void> => {
    while (!ended) {
      const socket = connect(port, '127.0.0.1').pause();
      socket.on('error', () => undefined);
      const send = (): void => {
        if (!socket.destroyed && !ended) socket.write(pipelined, () => setImmediate(send));
      };
      send();
      while (!socket.destroyed && !ended) await sleep(20);
      socket.destroy();
    }
  };
  void attack();
}

t.test('sockets that pipeline requests and read nothing do not exhaust a server of 128 MB', async (t) => {
  const site = await openSite(t);
  const server = await serve(t, site, { NODE_OPTIONS: '--max-old-space-size=128' });
  const token = await site.token('supervisor', 'li');
  const requests = [
    'GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n',
    `GET /v1/districts/meixian/places?shape=footprint HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`,
  ];
  for (const text of requests) for (let i = 0; i < 4; i += 1) pipeline(t, site.port, text);
  const monitor = await site.token('admin', 'monitor');
  const endMs = performance.now() + 12_000;
  let slowestMs = 0;
  while (performance.now() < endMs && !server.hasExited()) {
    const askedMs = performance.now();
    const { status } = await fetch(`${site.url}/v1/districts/meixian`, {
      headers: { authorization: `Bearer ${monitor}` },
    });
    if (status !== 200) t.fail(`got ${status}, expected 200`);
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    await sleep(50);
  }
  t.notOk(server.hasExited(), server.stderr().slice(-300));
  t.comment(`the slowest answer meanwhile: ${Math.round(slowestMs)} ms`);
});

t.test('a command that is none is named, whatever objects know by that name', async (t) => {
  for (const name of ['constructor', 'toString', '__proto__', 'serv']) {
    const { code, stderr } = await beatwatch(t, [name]);
    t.equal(code, 2, name);
    t.match(stderr, `beatwatch: got "${name}", expected one of serve, `);
    t.notMatch(stderr, /^ +at /m);
  }
});

t.test('why a log is resumed, and by whom, is text that a person can see', async (t) => {
  const resume = (reason: string, actor: string) =>
    beatwatch(t, ['log', 'resume', '--district', 'north', '--reason', reason, '--actor', actor]);
  for (const unseen of ['\u202e', '\u200b', '\u0007', '\ufdd0']) {
    const expected = { code: 2, stderr: /expected 1 to \d+ plain characters/ };
    t.match(await resume(`the clock${unseen}`, 'li'), expected, JSON.stringify(unseen));
    t.match(await resume('the clock', `li${unseen}`), expected, JSON.stringify(unseen));
  }
});
