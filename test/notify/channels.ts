import type { Channel, Channels } from '../../src/notify/channel.js';
import { networksOf } from '../../src/notify/addresses.js';

export const KEY = Buffer.alloc(32, 7);

export function channel(url: string, o: Partial<Channel> = {}): Channel {
  return {
    id: 'desk',
    kind: 'webhook',
    url: new URL(url),
    secret: KEY,
    language: 'zh',
    perMinute: 6_000,
    giveUpMs: 3_600_000,
    ...o,
  };
}

/** Channels that may be on the loopback interface, where receivers of tests are. */
export function channelsOf(...channels: readonly Channel[]): Channels {
  const allowed = networksOf(['127.0.0.0/8']);
  if (allowed === null) throw new Error('got no networks');
  return { byId: new Map(channels.map((one) => [one.id, one])), allowed };
}
