import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { isId } from '../model/roles.js';
import { networksOf } from './addresses.js';
import {
  CHANNEL_KINDS,
  type Channel,
  type ChannelKind,
  type Channels,
  DEFAULT_GIVE_UP_MS,
  DEFAULT_PER_MINUTE,
  MAX_GIVE_UP_MS,
  MAX_PER_MINUTE,
} from './channel.js';

/** Longer files hold something else. */
const MAX_FILE_BYTES = 1_048_576;
const OTHERS = 0o077;
/** Variables of the environment that a channel may name. */
const SECRET_VARIABLE = /^BEATWATCH_SECRET_[A-Z_]{1,100}$/;
const MEMBERS: ReadonlySet<string> = new Set(['kind', 'url', 'secret', 'language', 'perMinute', 'giveUpS', 'note']);

/** What a variable of the environment says; null: nothing. */
export type ReadVariable = (name: string) => string | null;

/**
 * Reads the file of channels, and the files of secrets that it names. Code `channels-invalid`, `channels-exposed` when others than its owner
 * may read it. No message says what an address or a secret is.
 */
export async function readChannels(path: string, variable: ReadVariable): Promise<Channels> {
  const fault = (at: string, got: string, expected: string): BeatwatchError =>
    new BeatwatchError('channels-invalid', `${path} ${at}: got ${got}, expected ${expected}`, { path, at });
  const value = parsed(await readOwn(path), fault);
  const { channels: listed, allowPrivate = [], note: _note, ...others } = value;
  const other = Object.keys(others)[0];
  if (other !== undefined) throw fault(`/${other}`, 'an unknown member', 'channels and allowPrivate');
  if (!isRecord(listed)) throw fault('/channels', kindOf(listed), 'channels by id');
  const networks = isTexts(allowPrivate) ? networksOf(allowPrivate) : null;
  if (networks === null) throw fault('/allowPrivate', 'something else', 'networks such as "10.20.0.0/16"');
  const byId = new Map<string, Channel>();
  for (const [id, raw] of Object.entries(listed)) {
    const at = `/channels/${id}`;
    if (!isId(id)) throw fault(at, 'this name', 'an id of 1 to 32 characters out of a-z, 0-9 and -');
    if (!isRecord(raw)) throw fault(at, kindOf(raw), 'a channel');
    byId.set(
      id,
      await channelOf(id, raw, {
        folder: dirname(path),
        variable,
        fault: (below, got, expected) => fault(`${at}${below}`, got, expected),
      }),
    );
  }
  return { byId, allowed: networks };
}

interface Reading {
  readonly folder: string;
  readonly variable: ReadVariable;
  readonly fault: (at: string, got: string, expected: string) => BeatwatchError;
}

async function channelOf(id: string, raw: Members, reading: Reading): Promise<Channel> {
  const { fault } = reading;
  const unknown = Object.keys(raw).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw fault(`/${unknown}`, 'an unknown member', [...MEMBERS].join(', '));
  const kind = CHANNEL_KINDS.find((one) => one === raw.kind);
  if (kind === undefined) throw fault('/kind', kindOf(raw.kind), CHANNEL_KINDS.join(', '));
  const language = raw.language ?? 'zh';
  if (language !== 'zh' && language !== 'en') throw fault('/language', kindOf(language), 'zh or en');
  const secret = await secretText(raw.secret, '/secret', reading);
  return {
    id,
    kind,
    url: urlOf(await secretText(raw.url, '/url', reading), fault),
    secret: secretOf(kind, secret, fault),
    language,
    perMinute: wholeNumber(raw.perMinute ?? DEFAULT_PER_MINUTE, '/perMinute', MAX_PER_MINUTE, fault),
    giveUpMs: wholeNumber(raw.giveUpS ?? DEFAULT_GIVE_UP_MS / 1_000, '/giveUpS', MAX_GIVE_UP_MS / 1_000, fault) * 1_000,
  };
}

function urlOf(text: string | null, fault: Reading['fault']): URL {
  const expected = 'an https address without a name and password in it';
  if (text === null) throw fault('/url', 'nothing', expected);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw fault('/url', 'no address', expected);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw fault('/url', `an address with ${url.protocol}`, expected);
  if (url.username !== '' || url.password !== '') throw fault('/url', 'a name or password in it', expected);
  url.hash = '';
  return url;
}

/** Bytes of the key of a webhook, 24 to 64 of them; the text of a robot's as it is. */
function secretOf(kind: ChannelKind, text: string | null, fault: Reading['fault']): Buffer | null {
  if (kind !== 'webhook') {
    if (kind === 'wecom' && text !== null)
      throw fault('/secret', 'a secret', 'none: the key of WeCom is in its address');
    return text === null ? null : Buffer.from(text, 'utf8');
  }
  const expected = 'whsec_ and 24 to 64 bytes in base64';
  if (text === null) throw fault('/secret', 'nothing', expected);
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  const key = Buffer.from(encoded ?? '', 'base64');
  if (key.length < 24 || key.length > 64) throw fault('/secret', 'something else', expected);
  return key;
}

/** A text, or where it stands: `{"file"}` for its owner alone, `{"env"}`. Null: there is none. */
async function secretText(value: unknown, at: string, { folder, variable, fault }: Reading): Promise<string | null> {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (isRecord(value) && Object.keys(value).length === 1) {
    if (typeof value.file === 'string') return (await readOwn(resolve(folder, value.file))).trim();
    if (typeof value.env === 'string') {
      if (!SECRET_VARIABLE.test(value.env)) throw fault(`${at}/env`, 'another name', 'BEATWATCH_SECRET_ and capitals');
      const text = variable(value.env);
      if (text === null) throw fault(`${at}/env`, `${value.env}, which is not set`, 'a variable that is set');
      return text;
    }
  }
  throw fault(at, kindOf(value), 'a text, {"file": …} or {"env": …}');
}

/** A file that only its owner can read. */
async function readOwn(path: string): Promise<string> {
  let text: string;
  let mode: number;
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      mode = stat.mode;
      if (stat.size > MAX_FILE_BYTES) throw new Error(`${stat.size} bytes, expected at most ${MAX_FILE_BYTES}`);
      text = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new BeatwatchError('channels-invalid', `${path}: got ${messageOf(error)}, expected a file that can be read`, {
      path,
    });
  }
  if ((mode & OTHERS) !== 0 && process.platform !== 'win32') {
    const got = `0${(mode & 0o777).toString(8)}`;
    throw new BeatwatchError(
      'channels-exposed',
      `${path}: got mode ${got}, expected 0600: chmod 600 it, and make new secrets if somebody may have read it`,
      { path, mode: got },
    );
  }
  return text;
}

function parsed(text: string, fault: (at: string, got: string, expected: string) => BeatwatchError): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the text.
    throw fault('', 'no JSON', 'a JSON object');
  }
  if (!isRecord(value)) throw fault('', kindOf(value), 'a JSON object');
  return value;
}

function wholeNumber(value: unknown, at: string, most: number, fault: Reading['fault']): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw fault(at, kindOf(value), `a whole number from 1 to ${most}`);
}

type Members = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Never the value itself: it may be a secret that stands in the wrong place. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
