import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import { KEY } from '../notify/channels.js';
import { startReceiver } from '../notify/receiver.js';
import { temporaryFolder } from '../support/redis-server.js';
import { MEIXIAN } from './programs.js';
import { fixAt, startWholeServer } from './whole-server.js';

t.setTimeout(120_000);

t.test(
  'a call for help is told to the desk, then to the command, until a supervisor resolves it; what was given up is sent again',
  async (t) => {
    const desk = await startReceiver(t);
    const folder = join(await temporaryFolder(t), 'meixian');
    await cp(MEIXIAN, folder, { recursive: true });
    const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as object;
    const step = (to: string, afterS: number, channel: string) => ({ to, afterS, channels: [channel] });
    const steps = [step('duty', 0, 'desk'), step('command', 60, 'command'), step('command', 120, 'desk')];
    const escalation = [{ id: 'calls', kinds: ['sos'], steps }];
    await writeFile(join(folder, 'plan.json'), JSON.stringify({ ...plan, escalation }));
    const channel = { kind: 'webhook', url: desk.url, secret: `whsec_${KEY.toString('base64')}`, giveUpS: 1 };
    const gone = { ...channel, url: 'http://127.0.0.1:1/gone' };
    const channels = join(folder, '..', 'channels.json');
    const content = { allowPrivate: ['127.0.0.0/8'], channels: { desk: channel, command: gone } };
    await writeFile(channels, JSON.stringify(content), { mode: 0o600 });
    const server = await startWholeServer(t, {
      startMs: Date.parse('2026-11-24T11:40:00+08:00'),
      districtFolder: folder,
      variables: { BEATWATCH_ROLES: 'ingest,engine,api,notify', BEATWATCH_CHANNELS: channels },
    });
    await server.pass(65_000);
    const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
      for (let i = 0; !(await holds()); i += 1) {
        if (i > 600) throw new Error(`got nothing in time, expected ${what}`);
        await sleep(50);
      }
    };
    const [unit] = server.plan.units;
    await server.trackers.client(unit?.tracker ?? '').send([{ ...fixAt(server.nowMs()), sos: true }]);
    await until('the desk to be told', () => desk.received.length === 1);
    t.match(desk.received[0]?.json, {
      type: 'beatwatch.alert.escalated',
      data: { notices: [{ step: 1, to: 'duty', rule: 'sos', unit: unit?.id, severity: 'high' }] },
    });
    await server.pass(61_000);
    const failed = async () =>
      (await server.ask('/notices?list=failed')).body as unknown as { items: { noticeId: string }[] };
    await until('the command to be given up', async () => (await failed()).items.length === 1);
    const [lost] = (await failed()).items;
    t.match(lost, { step: 2, to: 'command', state: 'failed', code: 'connect-failed', channel: 'command' });
    const send = (id: string) => server.ask(`/notices/${encodeURIComponent(id)}/send`, { reason: 'the line is back' });
    t.match(await send(lost?.noticeId ?? ''), { status: 200, body: { notice: { state: 'waiting', code: 'asked' } } });
    t.match(await send(lost?.noticeId ?? ''), { status: 409, body: { code: 'notice-not-failed' } });
    t.match(await send('none'), { status: 404, body: { code: 'notice-unknown' } });
    t.match(await server.ask('/channels'), {
      status: 200,
      body: { items: [{ channel: 'command' }, { channel: 'desk' }] },
    });

    const [call] = (await server.alerts('rule=sos')) as readonly AlertAnswer[];
    const path = `/alerts/${encodeURIComponent(call?.alertId ?? '')}/resolve`;
    t.match(await server.ask(path, { version: call?.version, reason: 'patrol 7 is with them' }), { status: 200 });
    await server.pass(200_000);
    await sleep(1_000);
    t.equal(desk.received.length, 1, 'nobody is told of what is resolved');
    t.match(await server.ask('/notices?list=ended'), {
      body: { items: [{ state: 'delivered', code: 'taken', step: 1 }], total: 1 },
    });
  },
);
