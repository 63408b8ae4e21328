import { BeatwatchError } from '../model/errors.js';

/** Where a Redis listens, and which of its databases is meant. */
export type RedisAddress =
  | { readonly kind: 'socket'; readonly path: string; readonly db: number }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly username: string | null;
      readonly password: string | null;
      readonly db: number;
    };

const SHAPE = 'redis://[user:password@]host[:port][/database], the same with rediss://, or unix:///path[?db=database]';
const DEFAULT_PORT = 6_379;
const MAX_PORT = 65_535;
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d*))?$/;
/** RFC 3986 unreserved, sub-delims, percent-encoded. */
const USER_INFO = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/;

/**
 * Parses REDIS_URL strictly: what it does not understand is refused with code `redis-url-invalid` and never guessed. A message shows
 * a part of the URL only where that cannot be a part of a password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  if (/^(?:unix:|\/)/.test(url)) return socketAddress(url);
  const [, scheme = '', rest = ''] = /^(rediss?):\/\/(.*)$/is.exec(url) ?? [];
  if (scheme === '') throw invalid('a URL of another scheme, or none', SHAPE);
  const [, authority = '', after = ''] = /^([^/?#]*)(.*)$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const [userInfo, place] = at < 0 ? [null, authority] : [authority.slice(0, at), authority.slice(at + 1)];
  const [username, password] = after.includes('@') ? [null, null] : credentials(userInfo);
  if (after.includes('@')) throw unescaped();
  return {
    kind: 'tcp',
    tls: scheme.toLowerCase() === 'rediss',
    username,
    password,
    ...hostOf(place),
    db: databaseOf(after),
  };
}

/** The address for people to read, without user and password. */
export function addressText(address: RedisAddress): string {
  const { db } = address;
  if (address.kind === 'socket') return `unix://${address.path}${db === 0 ? '' : `?db=${db}`}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.tls ? 'rediss' : 'redis'}://${host}:${address.port}/${db}`;
}

function socketAddress(url: string): RedisAddress {
  const [, path, db = '0'] = /^(?:unix:(?:\/\/)?)?(\/(?!\/)[^?#]*)(?:\?db=(\d{1,9}))?$/.exec(url) ?? [];
  if (path === undefined) throw invalid('a unix socket that is not as expected', 'unix:///path or unix:///path?db=1');
  return { kind: 'socket', path, db: Number(db) };
}

function credentials(userInfo: string | null): readonly [username: string | null, password: string | null] {
  if (userInfo === null) return [null, null];
  const colon = userInfo.indexOf(':');
  const parts = colon < 0 ? [userInfo, ''] : [userInfo.slice(0, colon), userInfo.slice(colon + 1)];
  if (!parts.every((part) => USER_INFO.test(part))) throw unescaped();
  try {
    const [username = '', password = ''] = parts.map(decodeURIComponent);
    return [username || null, password || null];
  } catch {
    throw unescaped();
  }
}

function hostOf(place: string): { readonly host: string; readonly port: number } {
  const [, host = '', portText] = HOST.exec(place) ?? [];
  if (host === '') throw invalid('no host, or one that is none', SHAPE);
  const port = portText === undefined ? DEFAULT_PORT : Number(portText || '0');
  if (port < 1 || port > MAX_PORT) throw invalid(`port ${portText || 'nothing'}`, `a port from 1 to ${MAX_PORT}`);
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

function databaseOf(after: string): number {
  if (after === '' || after === '/') return 0;
  const [, db] = /^\/(\d{1,9})$/.exec(after) ?? [];
  if (db !== undefined) return Number(db);
  throw invalid(`${JSON.stringify(after.slice(0, 40))} after the host`, 'nothing, or / and the number of a database');
}

function unescaped(): BeatwatchError {
  const got = 'a user or password with a character that a URL cannot hold there (it is not shown)';
  return invalid(got, 'it percent-encoded: @ as %40, # as %23, / as %2F, : as %3A, ? as %3F, % as %25');
}

function invalid(got: string, expected: string): BeatwatchError {
  return new BeatwatchError('redis-url-invalid', `REDIS_URL: got ${got}, expected ${expected}`);
}
