import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { readChannels } from '../../src/notify/channels-file.js';
import { followVersion } from '../../src/notify/rounds.js';
import { fixture } from '../district/district-folder.js';
import { readProjectFile } from '../tree/sources.js';
import { alert } from '../support/hot-records.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';

const MANUAL = readProjectFile('src/notify/README.md');
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const NOON_MS = Date.parse('2026-11-24T12:00:00+08:00');

function example(name: string): unknown {
  const found = new RegExp(`<!-- example: ${name} -->\\s+\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(MANUAL)?.[1];
  if (found === undefined) throw new Error(`got no example ${name}`);
  return JSON.parse(found);
}

t.test('the escalation of the manual, in the plan of the example district', async (t) => {
  const folder = join(await temporaryFolder(t), 'example');
  await cp(fixture('example'), folder, { recursive: true });
  const file = join(folder, 'plan.json');
  const plan = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...plan, escalation: example('escalation') }));
  const options = { version: 1, inForceFromMs: NOON_MS, expandFromMs: NOON_MS, expandDays: 2 };
  const compiled = compilePlan(await loadDistrict(folder), options);
  const policyOf = (o: Parameters<typeof alert>[1]) => {
    const change = followVersion(null, alert(1, { atMs: NOON_MS, ...o }), compiled);
    return change?.is === 'open' ? change.round.policy : undefined;
  };
  t.equal(policyOf({ rule: 'sos', severity: 'high' }), 'calls');
  t.equal(policyOf({ rule: 'zone-gap', severity: 'medium' }), 'rest');
  t.equal(policyOf({ rule: 'dwell-short', severity: 'low' }), null, 'nobody is told');
});

/** A folder with a file of channels, and the files that it names. */
async function written(t: TestScope, channels: unknown, files: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const path = join(folder, 'channels.json');
  await writeFile(path, typeof channels === 'string' ? channels : JSON.stringify(channels), { mode: 0o600 });
  return path;
}

const FILES = {
  'duty-desk.secret': `${SECRET}\n`,
  'patrol-group.url': 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1-2-3\n',
  'duty-group.url': 'https://oapi.dingtalk.com/robot/send?access_token=t\n',
  'duty-group.secret': 'SEC123456\n',
};
const variable = (name: string): string | null => (name === 'BEATWATCH_SECRET_COMMAND' ? SECRET : null);

t.test('the channels of the manual, with their secrets in files and in the environment', async (t) => {
  const { byId, allowed } = await readChannels(await written(t, example('channels'), FILES), variable);
  t.strictSame([...byId.keys()], ['duty-desk', 'command', 'patrol-group', 'duty-group']);
  t.match(byId.get('duty-desk'), { kind: 'webhook', language: 'zh', perMinute: 20, giveUpMs: 3_600_000 });
  t.strictSame(byId.get('command')?.secret, Buffer.alloc(32, 9));
  t.equal(byId.get('command')?.perMinute, 120);
  t.equal(byId.get('patrol-group')?.url.searchParams.get('key'), '1-2-3');
  t.ok(allowed.check('10.20.1.1'));
  t.equal(readConfig({}).channelsFile, null);
  t.throws(
    () => readConfig({ BEATWATCH_ROLES: 'notify' }),
    /BEATWATCH_CHANNELS: got "", expected the file of the channels/,
  );
});

t.test('what is wrong with a file of channels is said by its place, and never by what is secret', async (t) => {
  const hook = { kind: 'webhook', url: 'https://desk.example/very-secret', secret: SECRET };
  const cases: readonly (readonly [what: string, channels: unknown, at: string, ...RegExp[]])[] = [
    ['no JSON', `{"channels": {"desk": "very-secret"`, '', /got no JSON/],
    ['no channels', {}, '/channels', /got nothing/],
    ['a foreign member', { channels: {}, chanels: {} }, '/chanels', /unknown member/],
    ['a name that is none', { channels: { 'A B': hook } }, '/channels/A B', /an id of 1 to 32/],
    ['a kind', { channels: { desk: { ...hook, kind: 'pager' } } }, '/channels/desk/kind', /webhook, wecom/],
    ['no address', { channels: { desk: { ...hook, url: 'very-secret' } } }, '/channels/desk/url', /got no address/],
    ['another protocol', { channels: { desk: { ...hook, url: 'ftp://very-secret/' } } }, '/channels/desk/url', /ftp:/],
    [
      'a password',
      { channels: { desk: { ...hook, url: 'https://a:very-secret@x/' } } },
      '/channels/desk/url',
      /password/,
    ],
    ['a short key', { channels: { desk: { ...hook, secret: 'whsec_dmVyeQ==' } } }, '/channels/desk/secret', /24 to 64/],
    ['no key', { channels: { desk: { kind: 'webhook', url: hook.url } } }, '/channels/desk/secret', /got nothing/],
    ['a robot of WeCom with one', { channels: { desk: { ...hook, kind: 'wecom' } } }, '/channels/desk/secret', /none/],
    [
      'a variable',
      { channels: { desk: { ...hook, url: { env: 'PATH' } } } },
      '/channels/desk/url/env',
      /BEATWATCH_SECRET_/,
    ],
    [
      'an unset one',
      { channels: { desk: { ...hook, url: { env: 'BEATWATCH_SECRET_X' } } } },
      '/channels/desk/url/env',
      /not set/,
    ],
    [
      'too many a minute',
      { channels: { desk: { ...hook, perMinute: 6_001 } } },
      '/channels/desk/perMinute',
      /1 to 6000/,
    ],
    ['networks', { channels: {}, allowPrivate: ['10.0.0.0/99'] }, '/allowPrivate', /networks/],
    ['a language', { channels: { desk: { ...hook, language: 'fr' } } }, '/channels/desk/language', /zh or en/],
  ];
  for (const [what, channels, at, ...reasons] of cases) {
    const path = await written(t, channels);
    const error = await readChannels(path, variable).then(
      () => null,
      (reason: unknown) => reason,
    );
    t.match(error, { code: 'channels-invalid', details: { at } }, what);
    const message = error instanceof Error ? error.message : '';
    for (const reason of reasons) t.match(message, reason, what);
    t.notMatch(message, /very-secret|whsec_[A-Za-z0-9]/, `${what}: nothing secret`);
  }
  const open = await written(t, { channels: { desk: hook } });
  await chmod(open, 0o640);
  await t.rejects(readChannels(open, variable), { code: 'channels-exposed', message: /got mode 0640, expected 0600/ });
  const exposed = await written(t, { channels: { desk: { ...hook, secret: { file: 'key' } } } }, { key: SECRET });
  await chmod(join(exposed, '..', 'key'), 0o604);
  await t.rejects(readChannels(exposed, variable), { code: 'channels-exposed' });
  await t.rejects(readChannels('/no/such/file', variable), {
    code: 'channels-invalid',
    message: /a file that can be read/,
  });
});
