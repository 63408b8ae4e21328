import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { hotKeys, dueNoticesKey, sentNoticesKey } from '../../src/hot/keys.js';
import type { EscalationPolicy } from '../../src/model/escalation.js';
import type { Channels } from '../../src/notify/channel.js';
import { Follower } from '../../src/notify/follower.js';
import { NoticeStore } from '../../src/notify/notice-store.js';
import { Notifier } from '../../src/notify/notifier.js';
import { Sender } from '../../src/notify/sender.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { keptLog } from '../support/redis-server.js';
import { ANY, type Board, DISTRICT, openBoard, planWith, POLICY, raised, T0 } from './board.js';
import { channel, channelsOf } from './channels.js';
import { type Received, startReceiver } from './receiver.js';

const metrics = createMetrics({ strict: true });
const about = () => ({ districtName: { zh: '示例区', en: 'Example' }, timeZone: null });

function followerOf(board: Board, policy: EscalationPolicy = POLICY, store: NoticeStore = board.store): Follower {
  return new Follower({
    district: DISTRICT,
    store,
    hot: board.hot,
    plansFrom: async () => () => planWith(policy),
    timeZone: () => null,
    logger: keptLog(),
    metrics,
  });
}

async function followAll(follower: Follower): Promise<void> {
  while (await follower.look());
}

function senderOf(board: Board, channels: Channels, o: { claimMs?: number; store?: NoticeStore } = {}): Sender {
  return new Sender('desk', {
    district: DISTRICT,
    store: o.store ?? board.store,
    channels: () => channels,
    about,
    nowMs: () => Date.now(),
    logger: keptLog(),
    metrics,
    signal: new AbortController().signal,
    attemptMs: 500,
    firstAgainMs: 50,
    claimMs: o.claimMs ?? 5_000,
  });
}

/** Sends all that is due now. */
async function drain(sender: Sender): Promise<void> {
  while ((await sender.sendNext()) === 0);
}

/** Ids of notices that a request told, and the id of the message. */
const toldIn = ({ json }: Received) =>
  (json.data as { readonly notices: readonly { readonly noticeId: string }[] }).notices.map(({ noticeId }) => noticeId);
const idOf = ({ headers }: Received) => headers['webhook-id'];

t.test(
  'a step is sent when it is due, and its outcome is an entry of the log; an acknowledgement stops the rest',
  async (t) => {
    const board = await openBoard(t);
    const { url, received } = await startReceiver(t);
    const [follower, sender] = [followerOf(board), senderOf(board, channelsOf(channel(url)))];
    const alert = raised('a', 1_000);
    await board.tell(1_000, alert);
    await followAll(follower);
    await drain(sender);
    t.strictSame(received.map(idOf), ['a:v1:s1:desk']);
    await board.tell(120_999);
    await followAll(follower);
    t.equal(await sender.sendNext(), null, 'nothing before its time');
    await board.tell(121_000);
    await followAll(follower);
    await drain(sender);
    t.strictSame(received.map(idOf), ['a:v1:s1:desk', 'a:v1:s2:desk']);
    const acknowledged = { change: 'acknowledged', acknowledged: true, version: 2, atMs: T0 + 130_000 } as const;
    await board.tell(130_000, { ...alert, ...acknowledged });
    await board.tell(900_000);
    await followAll(follower);
    await drain(sender);
    t.equal(received.length, 2);
    t.match(await board.entries(), [
      {
        messageId: 'a:v1:s1:desk',
        outcome: 'delivered',
        code: 'taken',
        attempts: 1,
        steps: [{ to: 'group', dueMs: T0 + 1_000 }],
      },
      {
        messageId: 'a:v1:s2:desk',
        outcome: 'delivered',
        steps: [{ alertId: 'a', version: 1, step: 2, policy: 'all' }],
      },
    ]);
    t.equal(await board.query.hlen(hotKeys(DISTRICT).rounds), 0, 'the round is forgotten');
    t.match(await board.store.list('ended', 10), { total: 2, items: [{ state: 'delivered' }, { state: 'delivered' }] });
  },
);

t.test('what nobody could be told before it was acknowledged is not told, and the log says so', async (t) => {
  const board = await openBoard(t);
  const { url, received } = await startReceiver(t);
  const follower = followerOf(board);
  const [a, b] = [raised('a', 0), raised('b', 0)];
  await board.tell(0, a, b);
  await followAll(follower);
  await board.tell(
    5_000,
    { ...a, change: 'acknowledged', acknowledged: true, version: 2, atMs: T0 + 5_000 },
    { ...b, change: 'retracted', condition: 'retracted', version: 2, atMs: T0 + 5_000 },
  );
  await followAll(follower);
  await drain(senderOf(board, channelsOf(channel(url))));
  t.strictSame(
    received.map(({ json }) => json.type),
    ['beatwatch.alert.withdrawn'],
  );
  t.match((await board.entries()).map(({ outcome, code, messageId }) => `${messageId} ${outcome} ${code}`).sort(), [
    'a:v1:s1:desk stopped acknowledged',
    'b:v1:s1:desk stopped retracted',
    'b:v2:s0:desk delivered taken',
  ]);
});

t.test('what waited until its alert was over and confirmed is told all the same', async (t) => {
  const board = await openBoard(t);
  const { url, received } = await startReceiver(t);
  const follower = followerOf(board);
  const alert = raised('a', 0);
  await board.tell(0);
  await followAll(follower);
  await board.tell(0, alert);
  const cleared = { ...alert, change: 'cleared', condition: 'cleared', version: 2, atMs: T0 + 60_000 } as const;
  await board.tell(60_000, cleared);
  const confirmed = { change: 'confirmed', finality: 'confirmed', version: 3, atMs: T0 + 2_400_000 } as const;
  await board.tell(2_400_000, { ...cleared, ...confirmed });
  await followAll(follower);
  t.equal(await board.query.hlen(hotKeys(DISTRICT).rounds), 0, 'the round is forgotten');
  await drain(senderOf(board, channelsOf(channel(url))));
  t.strictSame(received.map(idOf).sort(), ['a:v1:s1:desk', 'a:v1:s2:desk', 'a:v1:s3:desk']);
});

t.test(
  'what is not taken is tried again with the same id and body, then given up, looked at, and sent again',
  async (t) => {
    const board = await openBoard(t);
    let works = false;
    const { url, received } = await startReceiver(t, (response) => void response.writeHead(works ? 204 : 500).end());
    const channels = channelsOf(channel(url, { giveUpMs: 300 }));
    const sender = senderOf(board, channels);
    await board.tell(0, raised('a', 0));
    await followAll(followerOf(board));
    for (let i = 0; i < 100 && (await board.store.list('failed', 1)).total === 0; i += 1) {
      await sender.sendNext();
      await sleep(10);
    }
    t.ok(received.length > 2, `${received.length} attempts`);
    t.equal(new Set(received.map(idOf)).size, 1);
    t.equal(new Set(received.map(({ body }) => body)).size, 1);
    const { items } = await board.store.list('failed', 10);
    t.match(items, [{ noticeId: 'a:v1:s1:desk', state: 'failed', code: 'server-error', attempts: received.length }]);
    t.match(await board.entries(), [{ outcome: 'failed', code: 'server-error', attempts: received.length }]);
    works = true;
    const asked = { actor: 'li', reason: 'the desk is back' };
    t.match(await board.store.sendAgain('a:v1:s1:desk', asked), { state: 'waiting', code: 'asked' });
    t.equal(await board.store.sendAgain('a:v1:s1:desk', asked), 'moved', 'twice is once');
    t.equal(await board.store.sendAgain('none', asked), null);
    await drain(sender);
    t.equal(idOf(received.at(-1) as Received), 'a:v1:s1:desk');
    t.match((await board.entries()).slice(1), [
      { outcome: 'again', code: 'asked', actor: 'li', reason: 'the desk is back' },
      { outcome: 'delivered' },
    ]);
    t.equal((await board.store.list('failed', 10)).total, 0);
  },
);

t.test('a receiver that is gone gets nothing more, until somebody sends again or it is another', async (t) => {
  const board = await openBoard(t);
  let status = 410;
  const { url, received } = await startReceiver(t, (response) => void response.writeHead(status).end());
  const follower = followerOf(board);
  await board.tell(0, raised('a', 0), raised('b', 0));
  await followAll(follower);
  const sender = senderOf(board, channelsOf(channel(url)));
  await drain(sender);
  t.equal(received.length, 1, 'the second is not even tried');
  t.match(
    (await board.entries()).map(({ outcome, code }) => `${outcome} ${code}`),
    ['failed gone', 'failed gone'],
  );
  t.match(await board.store.channels(), [{ channel: 'desk', disabledAtMs: Number }]);
  t.notMatch(JSON.stringify(await board.query.hgetall(hotKeys(DISTRICT).channelsOff)), /127\.0\.0\.1|hook/);
  status = 204;
  await board.tell(1_000, raised('c', 1_000));
  await followAll(follower);
  await drain(senderOf(board, channelsOf(channel(`${url}/moved`))));
  t.equal(received.at(-1)?.path, '/hook/moved', 'another address is another receiver');
  await board.store.sendAgain('a:v1:s1:desk', { actor: 'li', reason: 'x' });
  await drain(sender);
  t.match(await board.store.channels(), [{ disabledAtMs: null }]);
});

t.test('in a flood a digest tells all, a few grave ones go alone, and the limit a minute holds', async (t) => {
  const board = await openBoard(t);
  const { url, received } = await startReceiver(t);
  const once = { ...POLICY, steps: POLICY.steps.slice(0, 1) };
  const many = Array.from({ length: 230 }, (_, i) => raised(`m${i}`, 0, { severity: i % 2 === 0 ? 'medium' : 'low' }));
  const grave = Array.from({ length: 3 }, (_, i) => raised(`g${i}`, 0));
  await board.tell(0, ...many, ...grave);
  await followAll(followerOf(board, once));
  const sender = senderOf(board, channelsOf(channel(url, { perMinute: 5 })));
  for (let i = 0; i < 5; i += 1) t.equal(await sender.sendNext(), 0);
  const [first, second, third, fourth, fifth] = received;
  t.strictSame(
    [first, second, third].map((one) => toldIn(one as Received).length),
    [1, 1, 1],
  );
  t.strictSame(
    [fourth, fifth].map((one) => toldIn(one as Received).length),
    [100, 100],
  );
  t.match(idOf(fourth as Received), /^digest:100:/);
  t.ok(((await sender.sendNext()) ?? 0) > 50_000, 'the sixth waits for the minute to pass');
  t.equal(received.length, 5);
  await board.query.del(sentNoticesKey(DISTRICT, 'desk'));
  await drain(sender);
  const told = received.flatMap(toldIn);
  t.equal(told.length, 233);
  t.equal(new Set(told).size, 233, 'each once');
  const entries = await board.entries();
  t.equal(entries.flatMap(({ steps }) => steps).length, 233, 'each has its outcome');
});

t.test('a digest keeps its id and what it tells, though it is not taken and more comes', async (t) => {
  const board = await openBoard(t);
  let works = false;
  const { url, received } = await startReceiver(t, (response) => void response.writeHead(works ? 204 : 503).end());
  const once = { ...POLICY, steps: POLICY.steps.slice(0, 1) };
  const follower = followerOf(board, once);
  const low = (id: string, atMs: number) => raised(id, atMs, { severity: 'low' });
  const alerts = Array.from({ length: 20 }, (_, i) => low(`m${i}`, 0));
  await board.tell(0, ...alerts);
  await followAll(follower);
  const sender = senderOf(board, channelsOf(channel(url)));
  await sender.sendNext();
  const seen = alerts.map(
    (one) => ({ ...one, version: 2, change: 'acknowledged', acknowledged: true, atMs: T0 + 1_000 }) as const,
  );
  await board.tell(1_000, ...seen, low('later', 1_000));
  await followAll(follower);
  works = true;
  await sleep(60);
  await drain(sender);
  t.equal(received.length, 3);
  const digests = received.filter((one) => toldIn(one).length > 1);
  t.equal(digests.length, 2);
  t.equal(digests[0]?.body, digests[1]?.body);
  t.equal(idOf(digests[0] as Received), idOf(digests[1] as Received));
});

t.test('what was tried keeps its id, and goes into no digest', async (t) => {
  const board = await openBoard(t);
  let works = false;
  const { url, received } = await startReceiver(t, (response) => void response.writeHead(works ? 204 : 500).end());
  const follower = followerOf(board, { ...POLICY, steps: POLICY.steps.slice(0, 1) });
  const sender = senderOf(board, channelsOf(channel(url)));
  await board.tell(0, raised('first', 0, { severity: 'low' }));
  await followAll(follower);
  await sender.sendNext();
  await board.tell(1_000, ...Array.from({ length: 20 }, (_, i) => raised(`m${i}`, 1_000, { severity: 'low' })));
  await followAll(follower);
  await sleep(80);
  works = true;
  await drain(sender);
  t.equal(received.length, 3);
  t.strictSame(received.filter((one) => toldIn(one).includes('first:v1:s1:desk')).map(idOf), [
    'first:v1:s1:desk',
    'first:v1:s1:desk',
  ]);
});

t.test('two senders never have the same message; after a kill it comes with the same id', async (t) => {
  const board = await openBoard(t);
  const { url, received } = await startReceiver(t);
  const once = { ...POLICY, steps: POLICY.steps.slice(0, 1) };
  await board.tell(0, ...Array.from({ length: 10 }, (_, i) => raised(`a${i}`, 0)));
  await followAll(followerOf(board, once));
  const channels = channelsOf(channel(url));
  const other = new NoticeStore({ district: DISTRICT, query: board.query });
  const senders = [senderOf(board, channels), senderOf(board, channels, { store: other }), senderOf(board, channels)];
  await Promise.all(senders.map(drain));
  t.equal(received.length, 10);
  t.equal(new Set(received.map(idOf)).size, 10);

  await board.tell(1_000, raised('killed', 1_000));
  await followAll(followerOf(board, once));
  const limits = { claimMs: 300, perMinute: 6_000, floodAbove: 10, mostInDigest: 100 };
  const claimed = await board.store.claim('desk', limits);
  if (claimed.is !== 'claimed') throw new Error('got no claim');
  t.equal((await other.claim('desk', limits)).is, 'none', 'while it holds');
  await sleep(350);
  const settled = { next: 'done', delayMs: 0, entry: null, notices: [], carries: null, off: null } as const;
  const again = await other.claim('desk', limits);
  t.equal(again.is === 'claimed' ? again.message.messageId : null, claimed.message.messageId);
  t.notOk(await board.store.settle('desk', claimed.message, settled), 'the first has lost it');
  t.equal(await board.query.zcard(dueNoticesKey(DISTRICT, 'desk')), 1, 'and took nothing away');
});

t.test('two followers make each notice once, and one that was away for long goes on with what stands', async (t) => {
  const board = await openBoard(t);
  const other = new NoticeStore({ district: DISTRICT, query: board.query });
  const [one, two] = [followerOf(board), followerOf(board, POLICY, other)];
  for (let i = 0; i < 20; i += 1) {
    await board.tell(i * 30_000, raised(`a${i}`, i * 30_000));
    await Promise.all([one.look(), two.look(), one.look(), two.look()]);
  }
  await board.tell(1_200_000);
  await Promise.all([followAll(one), followAll(two)]);
  const notices = await board.query.hkeys(hotKeys(DISTRICT).notices);
  t.equal(notices.length, 60);
  t.equal(await board.query.zcard(dueNoticesKey(DISTRICT, 'desk')), 60);

  await board.tell(1_200_000, raised('b', 1_200_000), raised('c', 1_200_000));
  await board.tell(1_201_000, raised('d', 1_201_000));
  await board.query.xtrim(hotKeys(DISTRICT).alerts, 'MAXLEN', 1);
  await followAll(followerOf(board));
  const told = (await board.query.hkeys(hotKeys(DISTRICT).notices)).filter((id) => /^[bcd]:/.test(id));
  t.strictSame(told.sort(), ['b:v1:s1:desk', 'c:v1:s1:desk', 'd:v1:s1:desk']);
});

t.test('more that falls due at one instant than one step makes: none is lost', async (t) => {
  const board = await openBoard(t);
  const follower = followerOf(board, { ...POLICY, steps: POLICY.steps.slice(1, 2) });
  await board.tell(0, ...Array.from({ length: 700 }, (_, i) => raised(`a${i}`, 0)));
  await followAll(follower);
  await board.tell(120_000);
  await followAll(follower);
  t.equal(await board.query.hlen(hotKeys(DISTRICT).notices), 700);
});

t.test('who begins to follow tells what came within ten minutes, and nothing older', async (t) => {
  const board = await openBoard(t);
  await board.tell(0, raised('old', 0));
  await board.tell(700_000, raised('new', 700_000));
  await followAll(followerOf(board, { ...POLICY, steps: POLICY.steps.slice(0, 1) }));
  t.strictSame(await board.query.hkeys(hotKeys(DISTRICT).notices), ['new:v1:s1:desk']);
});

t.test('a channel that no configuration has, and one that takes nothing for long, are said', async (t) => {
  const board = await openBoard(t);
  const logger = keptLog();
  const secret = 'whsec-very-secret-0123456789';
  const to = channel(`http://127.0.0.1:1/${secret}?key=${secret}`);
  const policy = { ...POLICY, ...ANY, steps: [{ to: 'duty', afterMs: 0, channels: ['desk', 'nowhere'] }] } as const;
  const notifier = new Notifier({
    district: DISTRICT,
    store: board.store,
    hot: board.hot,
    plansFrom: async () => () => planWith(policy),
    channels: () => channelsOf(to),
    about,
    nowMs: () => Date.now(),
    logger,
    metrics,
  });
  notifier.start();
  await board.tell(0, raised('a', 0));
  for (let i = 0; i < 200 && !/desk.*nowhere|nowhere.*desk/.test(notifier.describe().detail); i += 1) await sleep(25);
  t.match(notifier.describe().detail, /desk took nothing for \d+ s \(connect-failed\)/);
  t.match(notifier.describe().detail, /nowhere took nothing for \d+ s \(channel-unknown\)/);
  t.ok(notifier.describe().ok, 'not yet for long');
  await notifier.close();
  const said = JSON.stringify([
    logger.lines,
    await board.query.hgetall(hotKeys(DISTRICT).notices),
    await board.entries(),
  ]);
  t.notMatch(said, new RegExp(secret), 'no secret is said or kept');
});
