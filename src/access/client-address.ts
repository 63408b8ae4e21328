import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { BeatwatchError } from '../model/errors.js';

/** Addresses whose `X-Forwarded-For` is believed. */
export type TrustedProxies = Pick<BlockList, 'check'>;

/** `10.0.0.7` and `10.0.0.0/8`, IPv6 likewise. Throws `config-invalid` for anything else. */
export function parseTrustedProxies(list: readonly string[]): TrustedProxies {
  const trusted = new BlockList();
  for (const text of list) {
    const [address = '', prefix, ...rest] = text.split('/');
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === 0 || rest.length > 0 || !(length <= bits)) {
      throw new BeatwatchError(
        'config-invalid',
        `BEATWATCH_TRUSTED_PROXIES: got ${JSON.stringify(text)}, expected addresses or networks such as 127.0.0.1 or 10.0.0.0/8`,
        { name: 'BEATWATCH_TRUSTED_PROXIES' },
      );
    }
    trusted.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return trusted;
}

/** Longest chain of proxies that is followed. */
const MAX_HOPS = 10;

/**
 * Whose limits a request counts against: its peer's address or, where that is a trusted proxy, the last address in
 * `X-Forwarded-For` that is none. One IPv6 customer has a whole /64, so that counts as one.
 */
export function clientAddress({ socket, headers }: IncomingMessage, trusted: TrustedProxies): string {
  let address = plainAddress(socket.remoteAddress ?? '');
  const forwarded = headers['x-forwarded-for'];
  const hops = typeof forwarded === 'string' ? forwarded.split(',').slice(-MAX_HOPS) : [];
  while (isTrusted(address, trusted)) {
    const before = plainAddress(hops.pop()?.trim() ?? '');
    if (isIP(before) === 0) break;
    address = before;
  }
  return networkOf(address);
}

export function isTrusted(address: string, trusted: TrustedProxies): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without a zone, and IPv4 in its own form where it came as IPv6. */
export function plainAddress(address: string): string {
  const bare = address.split('%', 1)[0] ?? '';
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;

export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const left = Math.max(0, GROUPS - before.length - after.length);
  const zeros: string[] = tail === undefined ? [] : new Array(left).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
