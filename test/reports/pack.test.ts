import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import t from 'tap';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { makePack, type PackManifest } from '../../src/reports/pack.js';
import { madeDays } from './made-day.js';
import type { PackTask } from './pack-main.js';

const PROGRAM = join(import.meta.dirname, 'pack-main.js');
const { privateKey } = generateKeyPairSync('ed25519');
const TASK: PackTask = { seed: 11, key: privateKey.export({ format: 'jwk' }) };

function packFrom(env: Readonly<Record<string, string>>): Buffer {
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, JSON.stringify(TASK)], {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1_024 * 1_024,
  });
  if (status !== 0) throw new Error(`got exit code ${status}, expected 0: ${stderr.toString()}`);
  return stdout;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

t.test('the daily pack is made twice with the same bytes, whatever the zone and language of the machine', async (t) => {
  const first = packFrom({ TZ: 'Asia/Shanghai', LANG: 'zh_CN.UTF-8', LC_ALL: 'zh_CN.UTF-8' });
  const second = packFrom({ TZ: 'America/St_Johns', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' });
  t.ok(first.length > 10_000);
  t.equal(sha256(first), sha256(second));
});

t.test('the manifest of a pack names the digest of each file, and is signed', async (t) => {
  const files = new Map(
    Object.entries(unzipSync(packFrom({}))).map(([path, bytes]) => [path.replace('meixian-2026-11-24/', ''), bytes]),
  );
  const text = (name: string): string => Buffer.from(files.get(name) ?? []).toString('utf8');
  const { signature, ...signed } = JSON.parse(text('manifest.json')) as PackManifest;
  t.strictSame(
    signed.files.map(({ name }) => name),
    [...files.keys()].filter((name) => name !== 'manifest.json' && name !== 'SHA256SUMS').sort(),
  );
  for (const { name, bytes, sha256: digest } of signed.files) {
    t.equal(files.get(name)?.length, bytes, name);
    t.equal(sha256(files.get(name) ?? new Uint8Array()), digest, name);
  }
  const key = createPublicKey(privateKey);
  t.ok(verify(null, Buffer.from(canonicalJson(signed)), key, Buffer.from(signature ?? '', 'base64url')));
  t.equal(sha256(Buffer.from(text('record.json').trimEnd())), signed.recordSha256, 'the digest of the settled day');
  for (const line of text('SHA256SUMS').trimEnd().split('\n')) {
    const [digest, name = ''] = line.split('  ');
    t.equal(sha256(files.get(name) ?? new Uint8Array()), digest, `sha256sum -c: ${name}`);
  }
});

t.test('a pack without a key at hand says so', async (t) => {
  const [day] = await madeDays({ seed: 11 });
  t.ok(day);
  if (day === undefined) return;
  const files = unzipSync(await makePack(day, null));
  const manifest = JSON.parse(Buffer.from(files['meixian-2026-11-24/manifest.json'] ?? []).toString()) as PackManifest;
  t.match(manifest, { kid: null, signature: null, district: 'meixian', day: '2026-11-24' });
});
