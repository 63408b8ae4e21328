import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { BeatwatchError, messageOf } from '../model/errors.js';

/** Signs tokens. It stays where tokens are made; a server needs none. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly key: CryptoKey;
}

/** Public keys by kid. Several stand beside each other while keys are exchanged. */
export type PublicKeys = ReadonlyMap<string, CryptoKey>;

export const PRIVATE_KEY_FILE = 'private.jwk';
export const PUBLIC_KEYS_FILE = 'public.jwks';
/** Signs the archive; it lies on the server, and makes no tokens. */
export const ARCHIVE_KEY_FILE = 'archive.jwk';
export const ARCHIVE_PUBLIC_KEYS_FILE = 'archive.jwks';
/** The `use` of a key that archives are signed with: a token by it is no token. */
const ARCHIVE_USE = 'archive';
const ALGORITHM = 'EdDSA';
const CURVE = 'Ed25519';

/**
 * Makes two Ed25519 key pairs in the folder, which is made: `private.jwk` for tokens, `archive.jwk` for the archive (both readable by their
 * owner only), and `public.jwks` with the public halves of both. Throws `key-exists` rather than replace a file.
 */
export async function createKeyPair(folder: string): Promise<SigningKey> {
  const pair = await newPair('sig');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const privatePath = join(folder, PRIVATE_KEY_FILE);
  await writeNew(privatePath, pair.privateJwk, 0o600);
  try {
    const archive = await ensureArchiveKey(folder);
    await writeNew(join(folder, PUBLIC_KEYS_FILE), { keys: [pair.publicJwk, archive.publicJwk] }, 0o644);
  } catch (error) {
    await rm(privatePath);
    throw error;
  }
  return { kid: pair.kid, key: pair.privateKey };
}

/** The key that an archive is signed with, as JWK. */
export interface ArchiveKeyPair {
  readonly kid: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

/**
 * Reads `archive.jwk` of a folder, or makes it there, with its public half in `archive.jwks` beside it. Throws `key-invalid` and
 * `key-exposed` as `loadSigningKey` does.
 */
export async function ensureArchiveKey(folder: string): Promise<ArchiveKeyPair> {
  const path = join(folder, ARCHIVE_KEY_FILE);
  try {
    await stat(path);
  } catch (error) {
    if (!isMissing(error)) throw invalid(path, messageOf(error));
    const { privateJwk, publicJwk } = await newPair(ARCHIVE_USE);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeNew(path, privateJwk, 0o600);
    await writeNew(join(folder, ARCHIVE_PUBLIC_KEYS_FILE), { keys: [publicJwk] }, 0o644);
  }
  return await loadArchiveKey(folder);
}

/** Reads `archive.jwk` of a folder. Throws `key-invalid`, also when it is not there, and `key-exposed` as `loadSigningKey` does. */
export async function loadArchiveKey(folder: string): Promise<ArchiveKeyPair> {
  const path = join(folder, ARCHIVE_KEY_FILE);
  const { value: jwk, mode } = await readJson(path);
  if (!isEd25519(jwk) || typeof jwk.d !== 'string') throw invalid(path, 'no private Ed25519 JWK');
  refuseExposed(path, mode, OTHERS, 'expected 0600: chmod 600 it, and make a new one if somebody may have read it');
  const kid = await calculateJwkThumbprint(jwk);
  const { d: _, ...publicJwk } = jwk;
  return { kid, privateJwk: jwk, publicJwk };
}

async function newPair(use: string) {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { crv: CURVE, extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const named = { kid, alg: ALGORITHM, use };
  return {
    kid,
    privateKey,
    privateJwk: { ...(await exportJWK(privateKey)), ...named },
    publicJwk: { ...publicJwk, ...named },
  };
}

async function writeNew(path: string, content: object, mode: number): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx', mode, flush: true });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    throw new BeatwatchError('key-exists', `${path}: got a file that exists, expected a free name`, { path });
  }
}

/**
 * Reads a `private.jwk`. Throws `key-invalid`, and `key-exposed` when others than its owner may read or write it: who has read it makes
 * tokens for anybody.
 */
export async function loadSigningKey(path: string): Promise<SigningKey> {
  const { value: jwk, mode } = await readJson(path);
  if (!isEd25519(jwk) || typeof jwk.d !== 'string') throw invalid(path, 'no private Ed25519 JWK');
  refuseExposed(path, mode, OTHERS, 'expected 0600: chmod 600 it, and make new keys if somebody may have read it');
  return { kid: await calculateJwkThumbprint(jwk), key: await importKey(path, jwk) };
}

/**
 * Reads the public keys of a JWKS file, or of every `*.jwks` file of a folder. Throws `key-invalid` when there is none, when one
 * is not Ed25519, and when one is private: a server must not hold it. Throws `key-exposed` when anybody may write a file.
 */
export async function loadPublicKeys(path: string): Promise<PublicKeys> {
  const keys = new Map<string, CryptoKey>();
  for (const [file, jwk] of await readJwks(path)) {
    // The thumbprint is taken, not believed: a file cannot give a key another's name.
    if (jwk.use !== ARCHIVE_USE) keys.set(await calculateJwkThumbprint(jwk), await importKey(file, jwk));
  }
  if (keys.size === 0) throw invalid(path, 'no key');
  return keys;
}

/** The public keys of archives in a JWKS file, or in every `*.jwks` file of a folder, by thumbprint. Throws as `loadPublicKeys` does. */
export async function loadArchiveKeys(path: string): Promise<ReadonlyMap<string, JWK>> {
  const keys = new Map<string, JWK>();
  for (const [, jwk] of await readJwks(path)) {
    if (jwk.use === ARCHIVE_USE) keys.set(await calculateJwkThumbprint(jwk), jwk);
  }
  if (keys.size === 0) throw invalid(path, 'no key of an archive');
  return keys;
}

async function readJwks(path: string): Promise<readonly (readonly [file: string, jwk: JWK])[]> {
  const found: [string, JWK][] = [];
  for (const file of await jwksFiles(path)) {
    const { value: jwks, mode } = await readJson(file);
    const list: unknown = isObject(jwks) ? jwks.keys : undefined;
    if (!Array.isArray(list)) throw invalid(file, 'no JWKS');
    refuseExposed(file, mode, ANYBODY_WRITES, 'expected nobody but its owner to write it: chmod 644 it');
    for (const jwk of list as unknown[]) {
      if (!isEd25519(jwk)) throw invalid(file, 'a key that is not Ed25519');
      if (jwk.d !== undefined) throw invalid(file, 'a private key');
      found.push([file, jwk]);
    }
  }
  return found;
}

async function jwksFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => name.endsWith('.jwks'))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw invalid(path, isMissing(error) ? 'no such file' : messageOf(error));
  }
}

/** Bits of a file's mode: the group and everybody, in any way; everybody, to write. */
const OTHERS = 0o077;
const ANYBODY_WRITES = 0o002;

/** Throws `key-exposed` when the mode has one of the refused bits. Windows has no such bits. */
function refuseExposed(path: string, mode: number, refused: number, advice: string): void {
  if ((mode & refused) === 0 || process.platform === 'win32') return;
  const got = `0${(mode & 0o777).toString(8)}`;
  throw new BeatwatchError('key-exposed', `${path}: got mode ${got}, ${advice}`, { path, mode: got });
}

async function readJson(path: string): Promise<{ readonly value: unknown; readonly mode: number }> {
  const { text, mode } = await readWithMode(path);
  try {
    return { value: JSON.parse(text), mode };
  } catch (error) {
    throw invalid(path, messageOf(error));
  }
}

/** Text and mode of one and the same file, even when another takes its name meanwhile. */
async function readWithMode(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    const file = await open(path);
    try {
      return { mode: (await file.stat()).mode, text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw invalid(path, isMissing(error) ? 'no such file' : messageOf(error));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function importKey(path: string, jwk: JWK): Promise<CryptoKey> {
  try {
    return (await importJWK(jwk, ALGORITHM)) as CryptoKey;
  } catch (error) {
    throw invalid(path, `a key that cannot be read (${messageOf(error)})`);
  }
}

function isEd25519(value: unknown): value is JWK & { kty: 'OKP'; crv: 'Ed25519'; x: string } {
  return isObject(value) && value.kty === 'OKP' && value.crv === CURVE && typeof value.x === 'string';
}

function isObject(value: unknown): value is KeyMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface KeyMembers {
  readonly keys?: unknown;
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly x?: unknown;
}

function invalid(path: string, got: string): BeatwatchError {
  return new BeatwatchError(
    'key-invalid',
    `${path}: got ${got}, expected Ed25519 keys as JWK (beatwatch token --new-keys makes them)`,
    { path },
  );
}
