import { createHmac, generateKeyPairSync, KeyObject, sign, type webcrypto } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  createKeyPair,
  loadPublicKeys,
  loadSigningKey,
  PRIVATE_KEY_FILE,
  PUBLIC_KEYS_FILE,
} from '../../src/access/keys.js';
import {
  AUDIENCE,
  ISSUER,
  MAX_SUBJECT_CHARACTERS,
  MAX_TOKEN_CHARACTERS,
  MAX_TOKEN_DISTRICTS,
  MAX_TOKEN_ID_CHARACTERS,
  MAX_TOKEN_LIFE_S,
  signToken,
  TOKEN_AHEAD_MS,
  verifyToken,
} from '../../src/access/tokens.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { ROLES } from '../../src/model/roles.js';
import { codeOf, NOW_MS, NOW_S } from './support.js';

async function keyPair(t: Test) {
  const folder = t.testdir();
  const key = await createKeyPair(folder);
  const keys = await loadPublicKeys(join(folder, PUBLIC_KEYS_FILE));
  return { folder, key, keys };
}

const wang = { role: 'supervisor', subject: 'wang.fang', districts: ['meixian'], ttlS: 3_600, nowMs: NOW_MS } as const;

t.test('a token comes back as an identity, for each role', async (t) => {
  const { folder, keys } = await keyPair(t);
  const key = await loadSigningKey(join(folder, PRIVATE_KEY_FILE));
  for (const role of ROLES) {
    const token = await signToken({
      ...wang,
      key,
      role,
      subject: 'mx-01',
      districts: ['meixian', 'meijiang'],
      tokenId: 'x',
    });
    t.same(await verifyToken(token, keys, { nowMs: NOW_MS }), {
      subject: 'mx-01',
      role,
      districts: ['meixian', 'meijiang'],
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 3_600_000,
      tokenId: 'x',
    });
  }
  const ids = await Promise.all(
    [1, 2].map(async () => verifyToken(await signToken({ ...wang, key }), keys, { nowMs: NOW_MS })),
  );
  t.not(ids[0]?.tokenId, ids[1]?.tokenId, 'each token has its own id');
});

t.test('the life of a token, to the millisecond', async (t) => {
  const { key, keys } = await keyPair(t);
  const token = await signToken({ ...wang, key });
  const at = (nowMs: number) => codeOf(() => verifyToken(token, keys, { nowMs }));
  const endMs = NOW_MS + 3_600_000;
  t.equal(await at(endMs - 1), null);
  t.equal(await at(endMs), 'token-expired');
  t.equal(await at(NOW_MS - TOKEN_AHEAD_MS), null);
  t.equal(await at(NOW_MS - TOKEN_AHEAD_MS - 1), 'token-expired');
  await t.rejects(
    verifyToken(token, keys, { nowMs: 0 }),
    Object.assign(new Error(), { code: 'token-expired', details: { reason: 'not-yet' } }),
  );
  t.equal(await at(Number.MAX_SAFE_INTEGER), 'token-expired');

  const late = forge(key, { ...goodClaims, nbf: NOW_S + 600, exp: NOW_S + 601 });
  t.equal(await codeOf(() => verifyToken(late, keys, { nowMs: NOW_MS })), 'token-expired');
  t.equal(await codeOf(() => verifyToken(late, keys, { nowMs: NOW_MS + 600_000 })), null);
});

t.test('the longest life of each role, and a second more', async (t) => {
  const { key, keys } = await keyPair(t);
  for (const role of ROLES) {
    const longest = MAX_TOKEN_LIFE_S[role];
    const good = await signToken({ ...wang, key, role, subject: 'mx-01', ttlS: longest });
    t.equal((await verifyToken(good, keys, { nowMs: NOW_MS })).role, role);
    t.equal(
      await codeOf(() => signToken({ ...wang, key, role, subject: 'mx-01', ttlS: longest + 1 })),
      'token-too-long-lived',
    );
    const forged = forge(key, { ...goodClaims, role, sub: 'mx-01', exp: NOW_S + longest + 1 });
    t.equal(await codeOf(() => verifyToken(forged, keys, { nowMs: NOW_MS })), 'token-too-long-lived', role);
  }
});

const goodClaims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'wang.fang',
  jti: 'id-1',
  iat: NOW_S,
  exp: NOW_S + 60,
  role: 'supervisor',
  districts: ['meixian'],
};

/** A token by hand, signed with the key's private half or with what `signer` does. */
function forge(
  key: { readonly kid: string; readonly key: object },
  claims: unknown,
  header: object = { alg: 'EdDSA', typ: 'beatwatch+jwt', kid: key.kid },
  signer: (input: Buffer) => Buffer = (input) => sign(null, input, KeyObject.from(key.key as webcrypto.CryptoKey)),
): string {
  const part = (value: unknown) =>
    (Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))).toString(
      'base64url',
    );
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
}

t.test('tokens that are not what they say', async (t) => {
  const { folder, key, keys } = await keyPair(t);
  const other = await createKeyPair(join(folder, 'other'));
  const code = (token: string) => codeOf(() => verifyToken(token, keys, { nowMs: NOW_MS }));
  const header = { alg: 'EdDSA', typ: 'beatwatch+jwt', kid: key.kid };

  t.equal(await code(forge(key, goodClaims)), null, 'the forger can make a good one');
  t.equal(await code(await signToken({ ...wang, key: other })), 'token-signature', 'a key that is not known');
  t.equal(await code(forge(other, goodClaims, header)), 'token-signature', "another key under this one's name");
  t.equal(await code(forge(key, goodClaims, { ...header, kid: undefined })), 'token-signature', 'no key id');
  t.equal(await code(forge(key, goodClaims, { ...header, kid: '__proto__' })), 'token-signature');

  const none = { alg: 'none', typ: 'beatwatch+jwt', kid: key.kid };
  for (const signature of ['', 'x'])
    t.equal(await code(forge(key, goodClaims, none, () => Buffer.from(signature))), 'token-signature');

  const publicText = readFileSync(join(folder, PUBLIC_KEYS_FILE), 'utf8');
  const { x } = JSON.parse(publicText).keys[0] as { x: string };
  for (const secret of [publicText, x, Buffer.from(x, 'base64url')]) {
    const confused = forge(key, goodClaims, { ...header, alg: 'HS256' }, (input) =>
      createHmac('sha256', secret).update(input).digest(),
    );
    t.equal(await code(confused), 'token-signature', 'HS256 with the public key as its secret');
  }

  const [head, , signature] = forge(key, goodClaims).split('.');
  const admin = Buffer.from(JSON.stringify({ ...goodClaims, role: 'admin' })).toString('base64url');
  t.equal(await code(`${head}.${admin}.${signature}`), 'token-signature', 'claims changed after signing');
  t.equal(
    await code(forge(key, goodClaims, { ...header, typ: 'JWT' })),
    'token-malformed',
    'a token for something else',
  );
  for (const more of [
    { crit: ['x'] },
    { b64: false },
    { b64: true, crit: ['b64'] },
    { jku: 'http://x' },
    { toString: 1 },
  ])
    t.equal(await code(forge(key, goodClaims, { ...header, ...more })), 'token-malformed', JSON.stringify(more));
});

t.test('text that is no token', async (t) => {
  const { key, keys } = await keyPair(t);
  const code = (token: string) => codeOf(() => verifyToken(token, keys, { nowMs: NOW_MS }));
  t.equal(await code(''), 'token-missing');
  const good = forge(key, goodClaims);
  const parts = good.split('.');
  const garbage = [
    'x',
    '...',
    'a.b.c',
    parts.slice(0, 2).join('.'),
    `${good}.x`,
    `${good}=`,
    '\u0000',
    '粤B.10450.x',
    `{}.${good}`,
  ];
  for (const text of garbage) t.equal(await code(text), 'token-malformed', JSON.stringify(text.slice(0, 20)));
  t.equal(await code(` ${good}`), 'token-signature', 'what was signed is the text');
  for (const claims of [
    '',
    'null',
    '[]',
    '1',
    '"x"',
    '{',
    Buffer.from(JSON.stringify({ ...goodClaims, sub: 'wang\xff' }), 'latin1'),
  ]) {
    t.equal(await code(forge(key, claims)), 'token-malformed', `claims ${claims}`);
  }
  for (let length = 1; length < good.length; length += 7) {
    const got = await code(good.slice(0, length));
    t.ok(got === 'token-malformed' || got === 'token-signature', `${length} characters: ${got}`);
  }
  const padded = (characters: number) => {
    const spare = characters - forge(key, { ...goodClaims, pad: '' }).length;
    return forge(key, { ...goodClaims, pad: 'x'.repeat(Math.floor((spare * 3) / 4)) });
  };
  const longest = padded(MAX_TOKEN_CHARACTERS);
  t.ok(longest.length > MAX_TOKEN_CHARACTERS - 3 && longest.length <= MAX_TOKEN_CHARACTERS, `${longest.length}`);
  t.equal(await code(longest), null);
  t.equal(await code(padded(MAX_TOKEN_CHARACTERS + 4)), 'token-malformed');
});

t.test('claims that are missing or wrong', async (t) => {
  const { key, keys } = await keyPair(t);
  const verdict = async (claims: object) => {
    try {
      await verifyToken(forge(key, claims), keys, { nowMs: NOW_MS });
      return null;
    } catch (error) {
      if (!(error instanceof BeatwatchError)) throw error;
      return `${error.code} ${error.details.claim}`;
    }
  };
  for (const claim of Object.keys(goodClaims)) {
    t.equal(await verdict({ ...goodClaims, [claim]: undefined }), `token-malformed ${claim}`, `no ${claim}`);
    for (const value of [null, {}, [], '', -1, 1.5, '\u202e']) {
      t.equal(
        await verdict({ ...goodClaims, [claim]: value }),
        `token-malformed ${claim}`,
        `${claim} ${JSON.stringify(value)}`,
      );
    }
  }
  const wrong: readonly (readonly [object, string])[] = [
    [{ iss: 'someone' }, 'iss'],
    [{ aud: 'another-service' }, 'aud'],
    [{ aud: ['another-service'] }, 'aud'],
    [{ role: 'root' }, 'role'],
    [{ role: 'tracker', sub: 'Not An Id' }, 'sub'],
    [{ sub: 'x'.repeat(MAX_SUBJECT_CHARACTERS + 1) }, 'sub'],
    [{ sub: 'line\nbreak' }, 'sub'],
    [{ jti: 'x'.repeat(MAX_TOKEN_ID_CHARACTERS + 1) }, 'jti'],
    [{ districts: 'meixian' }, 'districts'],
    [{ districts: ['*'] }, 'districts'],
    [{ districts: new Array(MAX_TOKEN_DISTRICTS + 1).fill('d') }, 'districts'],
    [{ exp: NOW_S }, 'exp'],
    [{ exp: String(NOW_S + 60) }, 'exp'],
    [{ nbf: 'x' }, 'nbf'],
  ];
  for (const [change, claim] of wrong) {
    t.equal(
      await verdict({ ...goodClaims, ...change }),
      `token-malformed ${claim}`,
      JSON.stringify(change).slice(0, 60),
    );
  }
  const right: readonly object[] = [
    { aud: ['another-service', AUDIENCE] },
    { sub: 'x'.repeat(MAX_SUBJECT_CHARACTERS) },
    { sub: '王芳' },
    { jti: 'x'.repeat(MAX_TOKEN_ID_CHARACTERS) },
    { districts: new Array(MAX_TOKEN_DISTRICTS).fill('d') },
    { nbf: NOW_S },
    { more: 'is passed over' },
  ];
  for (const change of right)
    t.equal(await verdict({ ...goodClaims, ...change }), null, JSON.stringify(change).slice(0, 60));
  const elsewhere = forge(key, { ...goodClaims, aud: 'elsewhere' });
  t.equal(await codeOf(() => verifyToken(elsewhere, keys, { nowMs: NOW_MS, audience: 'elsewhere' })), null);
  t.equal(await codeOf(() => signToken({ ...wang, key, districts: [] })), 'token-malformed', 'signing refuses as well');
});

t.test('keys that others can read, or write, are refused in plain words', async (t) => {
  const { folder } = await keyPair(t);
  const privateKey = join(folder, PRIVATE_KEY_FILE);
  for (const mode of [0o666, 0o644, 0o640, 0o604, 0o620]) {
    chmodSync(privateKey, mode);
    const failure = await loadSigningKey(privateKey).catch((error: unknown) => error as BeatwatchError);
    t.match(failure, {
      code: 'key-exposed',
      message: new RegExp(`got mode 0${mode.toString(8)}, expected 0600: chmod`),
    });
  }
  for (const mode of [0o600, 0o400]) {
    chmodSync(privateKey, mode);
    t.equal(await codeOf(() => loadSigningKey(privateKey)), null, mode.toString(8));
  }
  const publicKeys = join(folder, PUBLIC_KEYS_FILE);
  for (const [mode, code] of [
    [0o644, null],
    [0o664, null],
    [0o646, 'key-exposed'],
  ] as const) {
    chmodSync(publicKeys, mode);
    t.equal(await codeOf(() => loadPublicKeys(folder)), code, `public keys, ${mode.toString(8)}`);
  }
});

t.test('key files', async (t) => {
  const { folder, key, keys } = await keyPair(t);
  t.equal(statSync(join(folder, PRIVATE_KEY_FILE)).mode & 0o777, 0o600);
  t.equal(readFileSync(join(folder, PUBLIC_KEYS_FILE), 'utf8').includes('"d"'), false);
  t.same([...keys.keys()], [key.kid]);
  t.equal(await codeOf(() => createKeyPair(folder)), 'key-exists', 'a key is never replaced');
  t.equal((await loadSigningKey(join(folder, PRIVATE_KEY_FILE))).kid, key.kid, 'and stands as it was');

  const half = join(folder, 'half');
  mkdirSync(half);
  writeFileSync(join(half, PUBLIC_KEYS_FILE), '{}');
  t.equal(await codeOf(() => createKeyPair(half)), 'key-exists');
  t.throws(() => statSync(join(half, PRIVATE_KEY_FILE)), { code: 'ENOENT' }, 'no half pair is left');

  const next = await createKeyPair(join(folder, 'next'));
  const both = join(folder, 'both');
  mkdirSync(both);
  for (const [name, from] of [
    ['a.jwks', folder],
    ['b.jwks', join(folder, 'next')],
  ] as const) {
    writeFileSync(join(both, name), readFileSync(join(from, PUBLIC_KEYS_FILE)));
  }
  writeFileSync(join(both, 'README'), 'not a key');
  const exchanged = await loadPublicKeys(both);
  for (const one of [key, next]) {
    t.equal(
      (await verifyToken(await signToken({ ...wang, key: one }), exchanged, { nowMs: NOW_MS })).subject,
      'wang.fang',
    );
  }

  const privateJwk = readFileSync(join(folder, PRIVATE_KEY_FILE), 'utf8');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const bad: Readonly<Record<string, string>> = {
    'empty list': '{"keys":[]}',
    'no list': '{}',
    'no JSON': 'ssh-ed25519 AAAA',
    'a private key': `{"keys":[${privateJwk}]}`,
    'an RSA key': JSON.stringify({ keys: [rsa] }),
    'a broken key': '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}',
  };
  for (const [name, content] of Object.entries(bad)) {
    const path = join(folder, 'bad.jwks');
    writeFileSync(path, content);
    t.equal(await codeOf(() => loadPublicKeys(path)), 'key-invalid', name);
  }
  t.equal(await codeOf(() => loadPublicKeys(join(folder, 'nowhere'))), 'key-invalid');
  t.equal(await codeOf(() => loadSigningKey(join(folder, PUBLIC_KEYS_FILE))), 'key-invalid');
});

t.test('a key file cannot give its key the name of another', async (t) => {
  const { folder, key } = await keyPair(t);
  const other = await createKeyPair(join(folder, 'other'));
  const jwks = JSON.parse(readFileSync(join(folder, 'other', PUBLIC_KEYS_FILE), 'utf8')) as { keys: { kid: string }[] };
  for (const jwk of jwks.keys) jwk.kid = key.kid;
  writeFileSync(join(folder, 'other', PUBLIC_KEYS_FILE), JSON.stringify(jwks));
  t.same([...(await loadPublicKeys(join(folder, 'other', PUBLIC_KEYS_FILE))).keys()], [other.kid]);
});
