import t from 'tap';
import { WebSocket } from 'ws';
import { describeFault, parseText } from '../../src/model/text.js';
import { ask } from './clients.js';
import { T0_MS } from './records.js';
import { startRig } from './rig.js';

const GAP = `checkpoint-gap:square:${T0_MS}:1-0`;
const COMMENT = `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}/comment`;
const TASKS = '/v1/districts/meixian/tasks';
const VISITS = '/v1/districts/meixian/visits';

/** Text that no door takes, and how it is told. */
const REFUSED: readonly (readonly [text: string, told: string])[] = [
  ['ab\uD83D', 'U+D83D, half of a surrogate pair, at character 3'],
  ['\uDE00 x', 'U+DE00, half of a surrogate pair, at character 1'],
  ['😀\u0000', 'U+0000, a control character, at character 2'],
  ['a\nb', 'U+000A, a control character, at character 2'],
  ['a\u0085', 'U+0085, a control character, at character 2'],
  ['巡\u202E1', 'U+202E, a direction control, at character 2'],
  ['a\u2066b', 'U+2066, a direction control, at character 2'],
  ['a\u200Bb', 'U+200B, an invisible character, at character 2'],
  ['a\u200Db', 'U+200D, an invisible character, at character 2'],
  ['\uFEFFa', 'U+FEFF, an invisible character, at character 1'],
  ['a\u00ADb', 'U+00AD, an invisible character, at character 2'],
  ['a\u2028b', 'U+2028, an invisible character, at character 2'],
  ['a\u3164', 'U+3164, an invisible character, at character 2'],
  ['\uFE0Fa', 'U+FE0F, a selector with nothing before it, at character 1'],
  ['a\uE000', 'U+E000, no character of Unicode, at character 2'],
  ['a\u{1FFFF}', 'U+1FFFF, no character of Unicode, at character 2'],
];

const TAKEN: readonly (readonly [text: string, kept: string])[] = [
  ['', ''],
  ['已派车 👮🏽‍♀️ 👨‍👩‍👧 ☎️', '已派车 👮🏽‍♀️ 👨‍👩‍👧 ☎️'],
  ['葛\u{E0100}城', '葛\u{E0100}城'],
  ['Cafe\u0301', 'Caf\u00e9'],
  ['\u212B', '\u00c5'],
  ['ابن سینا', 'ابن سینا'],
];

t.test('text is well-formed, visible and in normal form C, or refused with the character and its place', async (t) => {
  for (const [text, told] of REFUSED) {
    const fault = parseText(text);
    t.equal(typeof fault === 'string' ? fault : describeFault(fault), told);
  }
  for (const [text, kept] of TAKEN) t.equal(parseText(text), kept);
  t.equal(parseText('a\n\tb', true), 'a\n\tb', 'lines where they may stand');
  t.match(parseText('a\r\u0000', true), { position: 2 });
});

t.test('no door of the API takes text that a person cannot see or a machine cannot read back', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const token = await rig.token({ role: 'supervisor' });
  const admin = await rig.token({ role: 'admin' });
  for (const [text, got] of REFUSED) {
    const refused = (path: string) => ({
      status: 400,
      body: { code: 'request-invalid', details: { faults: [{ path, got, expected: /visible text/ }] } },
    });
    t.match(await ask(rig, COMMENT, { token, body: { version: 1, comment: text } }), refused('body/comment'));
    const task = { task: 'escort', units: ['car-1'], reason: text };
    t.match(await ask(rig, TASKS, { token, body: task }), refused('body/reason'));
    const revocation = { tokenId: text, expiresAtMs: T0_MS };
    const revocations = '/v1/districts/meixian/revocations';
    t.match(await ask(rig, revocations, { token: admin, body: revocation }), refused('body/tokenId'));
    if (/\p{Cs}/u.test(text)) continue;
    t.match(await ask(rig, `${VISITS}?purpose=${encodeURIComponent(text)}`, { token }), refused('query/purpose'));
    t.match(await ask(rig, `${VISITS}?unit=${encodeURIComponent(text)}`, { token }), refused('query/unit'));
    await t.rejects(rig.token({ role: 'supervisor', subject: text }), { code: 'token-malformed' });
  }
  t.strictSame(await rig.district().entries('action'), []);
  t.strictSame(await rig.district().entries('task'), []);
  t.strictSame(await rig.district().reads(), []);

  await ask(rig, COMMENT, { token, body: { version: 1, comment: 'Cafe\u0301 👮🏽‍♀️' } });
  t.match(await rig.district().entries('action'), [{ comment: 'Caf\u00e9 👮🏽‍♀️' }]);
  await t.rejects(rig.token({ role: 'supervisor', subject: 'Rene\u0301' }), { code: 'token-malformed' });
});

t.test('a purpose in a header is read as UTF-8, for reads and live sockets', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const read = (purpose: string) => ask(rig, VISITS, { token, headers: { 'x-purpose': purpose } });
  t.equal((await read(latin1('投诉 Cafe\u0301'))).status, 200);
  t.match(await rig.district().reads(), [{ purpose: '投诉 Caf\u00e9' }]);
  t.match(await read('caf\u00e9'), {
    status: 400,
    body: { details: { faults: [{ path: 'header/x-purpose', expected: 'UTF-8' }] } },
  });
  t.match(await read(latin1('a\u202Eb')), { status: 400, body: { details: { faults: [{ got: /U\+202E/ }] } } });

  const open = (purpose: string) =>
    new Promise<number>((resolve, reject) => {
      const url = `${rig.url.replace(/^http/, 'ws')}/v1/districts/meixian/live`;
      const headers = { authorization: `Bearer ${token}`, 'x-purpose': purpose };
      const socket = new WebSocket(url, ['beatwatch.live.v1'], { headers });
      socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
      socket.once('message', () => {
        resolve(101);
        socket.close();
      });
      socket.once('error', reject);
    });
  t.equal(await open(latin1('a\u202Eb')), 400);
  t.equal(await open(latin1('x'.repeat(201))), 400);
  t.equal(await open(latin1('巡检😀')), 101);
  const live = (await rig.district().reads()).filter(({ what }) => what === 'live');
  t.match(live, [{ purpose: '巡检😀' }]);
});
