import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { NoticeRecord } from '../../src/model/notice.js';
import { mayAsk, networksOf } from '../../src/notify/addresses.js';
import { attempt } from '../../src/notify/attempt.js';
import type { Channel } from '../../src/notify/channel.js';
import type { Message } from '../../src/notify/message.js';
import { channel, channelsOf, KEY } from './channels.js';
import { type Receiver, startReceiver } from './receiver.js';

const NOW_MS = Date.parse('2026-12-01T08:00:00Z');
const WITHIN_MS = 700;

function notice(o: Partial<NoticeRecord> = {}): NoticeRecord {
  return {
    noticeId: 'sos:car-1:1:1-0:v1:s1:desk',
    kind: 'escalated',
    alertId: 'sos:car-1:1:1-0',
    version: 1,
    policy: 'calls',
    step: 1,
    to: 'duty',
    channel: 'desk',
    dueMs: NOW_MS,
    facts: {
      rule: 'sos',
      ruleId: 'sos',
      severity: 'high',
      condition: 'active',
      certainty: 'certain',
      fromMs: NOW_MS,
      toMs: null,
      place: null,
      unit: 'car-1',
      transition: 7,
      alertVersion: 1,
      sentence: { zh: '巡1呼救。', en: 'Car 1 calls for help.' },
    },
    state: 'waiting',
    attempts: 1,
    code: null,
    detail: null,
    firstTriedMs: null,
    lastTriedMs: null,
    message: null,
    ...o,
  };
}

const about = { district: 'test', districtName: { zh: '示例区', en: 'Example' }, timeZone: null };
const one: Message = { id: notice().noticeId, ...about, notices: [notice()] };
const digest: Message = {
  id: 'digest:12:x',
  ...about,
  notices: Array.from({ length: 12 }, (_, i) => notice({ noticeId: `n-${i}`, step: 2 })),
};

function send(to: Channel, o: { message?: Message; signal?: AbortSignal } = {}) {
  const signal = o.signal === undefined ? {} : { signal: o.signal };
  const options = { allowed: channelsOf().allowed, nowMs: () => NOW_MS, withinMs: WITHIN_MS, ...signal };
  return attempt(o.message ?? one, to, options);
}

const isoDate = (ms: number): string => new Date(ms).toUTCString();

t.test('a webhook is signed by Standard Webhooks, and its body is an event of CloudEvents 1.0', async (t) => {
  const { url, received } = await startReceiver(t);
  t.strictSame(await send(channel(url)), { code: 'taken', detail: null, afterMs: null });
  const [got] = received;
  if (got === undefined) throw new Error('got nothing');
  const { headers, body, json } = got;
  t.equal(headers['webhook-id'], one.id);
  t.equal(headers['webhook-timestamp'], String(NOW_MS / 1_000));
  const signed = `${one.id}.${NOW_MS / 1_000}.${body}`;
  t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`);
  t.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  t.match(json, {
    specversion: '1.0',
    id: one.id,
    source: '/v1/districts/test',
    type: 'beatwatch.alert.escalated',
    subject: 'sos:car-1:1:1-0',
    time: '2026-12-01T08:00:00.000Z',
    datacontenttype: 'application/json',
    data: { notices: [{ noticeId: one.id, step: 1, to: 'duty', severity: 'high', sentence: { zh: '巡1呼救。' } }] },
  });
  await send(channel(url), { message: digest });
  t.match(received[1]?.json, { type: 'beatwatch.alerts.digest', id: 'digest:12:x', data: { notices: { length: 12 } } });
});

t.test(
  'the robots of WeCom, DingTalk and Feishu: what they get, how it is signed, and what their numbers mean',
  async (t) => {
    let answer: object = {};
    let date = isoDate(NOW_MS);
    const robots = await startReceiver(t, (response) => {
      response.writeHead(200, { 'content-type': 'application/json', date }).end(JSON.stringify(answer));
    });
    const secret = Buffer.from('SECabcdefgh');
    const ask = async (kind: Channel['kind'], said: object, message = one) => {
      answer = said;
      const verdict = await send(
        channel(`${robots.url}?key=k-1234567`, { kind, secret: kind === 'wecom' ? null : secret }),
        {
          message,
        },
      );
      const last = robots.received.at(-1);
      if (last === undefined) throw new Error('got nothing');
      return { verdict, last, query: new URL(last.path, 'http://x').searchParams };
    };
    const wecom = await ask('wecom', { errcode: 0, errmsg: 'ok' });
    t.equal(wecom.verdict.code, 'taken');
    t.equal(wecom.query.get('key'), 'k-1234567');
    t.strictSame(wecom.last.json, {
      msgtype: 'text',
      text: { content: '【示例区】[高] 巡1呼救。（第1步，值班领导，请确认）' },
    });
    const long = await ask(
      'wecom',
      { errcode: 0 },
      {
        ...digest,
        notices: digest.notices.map((of) => ({
          ...of,
          facts: { ...of.facts, sentence: { zh: '呼救'.repeat(200), en: '' } },
        })),
      },
    );
    t.ok(Buffer.byteLength((long.last.json.text as { content: string }).content) <= 2_048, 'no more than it takes');
    t.match((await ask('wecom', { errcode: 45009, errmsg: 'freq out of limit' })).verdict, {
      code: 'busy',
      afterMs: 60_000,
    });
    t.match((await ask('wecom', { errcode: 93000, errmsg: 'invalid webhook url' })).verdict, {
      code: 'rejected',
      detail: 'the robot says 93000 invalid webhook url',
    });

    const ding = await ask('dingtalk', { errcode: 0, errmsg: 'ok' });
    const sign = createHmac('sha256', secret).update(`${NOW_MS}\nSECabcdefgh`).digest('base64');
    t.strictSame([ding.query.get('timestamp'), ding.query.get('sign')], [String(NOW_MS), sign]);
    t.equal((await ask('dingtalk', { errcode: 310000, errmsg: 'invalid timestamp' })).verdict.code, 'receiver-clock');
    t.equal((await ask('dingtalk', { errcode: 310000, errmsg: 'sign not match' })).verdict.code, 'rejected');
    t.equal((await ask('dingtalk', { errcode: 130101, errmsg: 'send too fast' })).verdict.code, 'busy');

    const feishu = await ask('feishu', { code: 0, msg: 'success' });
    t.equal(feishu.verdict.code, 'taken');
    t.match(feishu.last.json, {
      timestamp: String(NOW_MS / 1_000),
      sign: createHmac('sha256', `${NOW_MS / 1_000}\nSECabcdefgh`).digest('base64'),
      msg_type: 'text',
      content: { text: /巡1呼救/ },
    });
    t.equal((await ask('feishu', { StatusCode: 0, StatusMessage: 'success' })).verdict.code, 'taken');
    const late = { code: 19021, msg: 'sign match fail or timestamp is not within one hour from current time' };
    t.equal((await ask('feishu', late)).verdict.code, 'rejected');
    date = isoDate(NOW_MS + 7_200_000);
    t.match((await ask('feishu', late)).verdict, {
      code: 'receiver-clock',
      detail: /its clock is 7200 s ahead of ours/,
    });
    date = isoDate(NOW_MS);
    t.equal((await ask('feishu', { code: 11232, msg: 'too many request' })).verdict.code, 'busy');
    t.equal((await ask('feishu', { nothing: true })).verdict.code, 'answer-unreadable');
    const echoed = await ask('dingtalk', { errcode: 310000, errmsg: 'bad k-1234567 and SECabcdefgh' });
    t.equal(echoed.verdict.detail, 'the robot says 310000 bad … and …', 'no secret comes back');
  },
);

t.test('a receiver that refuses, breaks, redirects, is gone, or whose clock is wrong', async (t) => {
  const elsewhere = await startReceiver(t);
  let answered: readonly [status: number, headers: Record<string, string>] = [204, {}];
  const { url } = await startReceiver(t, (response) => response.writeHead(...answered).end('no'));
  const with_ = async (status: number, headers: Record<string, string> = {}) => {
    answered = [status, { date: isoDate(NOW_MS), ...headers }];
    return await send(channel(url));
  };
  t.match(await with_(500), { code: 'server-error', detail: 'got HTTP 500', afterMs: null });
  t.match(await with_(302, { location: elsewhere.url }), { code: 'redirected', detail: /never followed/ });
  t.match(await with_(307, { location: elsewhere.url }), { code: 'redirected' });
  t.equal(elsewhere.received.length, 0);
  t.match(await with_(410), { code: 'gone' });
  t.match(await with_(401), { code: 'rejected', detail: 'got HTTP 401' });
  t.match(await with_(401, { date: isoDate(NOW_MS - 900_000) }), {
    code: 'receiver-clock',
    detail: 'got HTTP 401; its clock is 900 s behind ours',
  });
  t.match(await with_(429, { 'retry-after': '7' }), { code: 'busy', afterMs: 7_000 });
  t.match(await with_(503, { 'retry-after': isoDate(NOW_MS + 30_000) }), { code: 'busy', afterMs: 30_000 });
  t.match(await with_(503, { 'retry-after': '999999999' }), { afterMs: 3_600_000 }, 'no longer than an hour');
  t.match(await with_(503, { 'retry-after': 'soon' }), { code: 'server-error', afterMs: null });
});

/** A receiver that writes these bytes, whatever it gets, and then closes or not. */
async function raw(t: Parameters<typeof startReceiver>[0], text: string | null, closes: boolean): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (text !== null) socket.write(text);
      if (closes) socket.destroySoon();
    });
    t.teardown(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

t.test('a receiver that hangs, is slow, closes, answers garbage, or never ends', async (t) => {
  const code = async (text: string | null, closes: boolean) => (await send(channel(await raw(t, text, closes)))).code;
  t.equal(await code(null, false), 'timed-out', 'it hangs');
  t.equal(await code('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', false), 'timed-out', 'it stops in the middle');
  t.equal(await code(null, true), 'closed');
  t.equal(await code('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', true), 'closed', 'it closes in the middle');
  t.equal(await code('hello, is that the police?\r\n\r\n', true), 'answer-unreadable');
  t.equal(
    await code(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, true),
    'answer-unreadable',
    'headers without end',
  );
  const endless = await startReceiver(t, (response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write('z'.repeat(16_384)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  t.equal((await send(channel(endless.url))).code, 'taken', 'what is beyond the cap is not read');
  t.equal((await send(channel(endless.url, { kind: 'wecom', secret: null }))).code, 'answer-unreadable');
  const slow = await startReceiver(t, (response) => void setTimeout(() => response.writeHead(204).end(), 300).unref());
  t.equal((await send(channel(slow.url))).code, 'taken', 'slow, but in time');
  const closed = await raw(t, null, true);
  t.equal((await send(channel(closed.replace(/:\d+\//, ':1/')))).code, 'connect-failed');
  t.equal((await send(channel('https://no-such-name.invalid/'))).code, 'name-unknown');
  const plain = await raw(t, 'HTTP/1.1 400 Bad Request\r\n\r\n', true);
  t.equal((await send(channel(plain.replace('http:', 'https:')))).code, 'tls-failed');
  const stopping = new AbortController();
  const broken = send(channel(await raw(t, null, false)), { signal: stopping.signal });
  stopping.abort();
  t.equal((await broken).code, 'closed');
});

t.test(
  'private addresses are refused unless the configuration allows them, in any form and after the look-up',
  async (t) => {
    const none = networksOf([]);
    const some = networksOf(['10.20.0.0/16', 'fd00:1::/32']);
    if (none === null || some === null) throw new Error('got no networks');
    const refused = [
    '127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0',
    '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1',
    '::ffff:10.0.0.1', '::ffff:7f00:1', '::ffff:0:10.0.0.1', '::10.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b:1::a00:1',
    '2002:a00:1::1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'localhost', '',
  ]; // biome-ignore format: a list
    for (const address of refused) t.notOk(mayAsk(address, none), address);
    for (const address of [
      '8.8.8.8',
      '172.32.0.1',
      '2400:3200::1',
      '::ffff:8.8.8.8',
      '64:ff9b::8.8.8.8',
      '2002:808:808::1',
    ])
      t.ok(mayAsk(address, none), address);
    t.ok(mayAsk('10.20.3.4', some));
    t.ok(mayAsk('::ffff:10.20.3.4', some));
    t.ok(mayAsk('fd00:1::7', some));
    t.notOk(mayAsk('10.21.0.1', some));
    t.equal(networksOf(['10.0.0.0/33']), null);
    t.equal(networksOf(['10.0.0/8']), null);

    const inside: Receiver = await startReceiver(t);
    const port = new URL(inside.url).port;
    const tried = async (host: string, allowed = none) =>
      await attempt(one, channel(`http://${host}:${port}/`), { allowed, nowMs: () => NOW_MS, withinMs: WITHIN_MS });
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])
      t.equal((await tried(host)).code, 'address-refused', host);
    t.match((await tried('localhost')).detail, /got the private address (127\.0\.0\.1|::1), expected/);
    const v4 = networksOf(['127.0.0.0/8', '::1']);
    if (v4 === null) throw new Error('got no networks');
    t.equal((await tried('127.0.0.1', v4)).code, 'taken');
    t.equal(inside.received.length, 1, 'nothing came through before');
    const open = await attempt(one, channel('http://8.8.8.8/'), {
      allowed: none,
      nowMs: () => NOW_MS,
      withinMs: WITHIN_MS,
    });
    t.match(open, { code: 'address-refused', detail: /got http to 8\.8\.8\.8, expected https/ });
  },
);
