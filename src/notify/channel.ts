import type { BlockList } from 'node:net';

/** What a channel speaks: Standard Webhooks with CloudEvents, or the group robots of WeCom, DingTalk and Feishu. */
export const CHANNEL_KINDS = ['webhook', 'wecom', 'dingtalk', 'feishu'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Attempts a minute unless a channel says another number: what the robots of WeCom and DingTalk take. */
export const DEFAULT_PER_MINUTE = 20;
export const MAX_PER_MINUTE = 6_000;
/** For how long a message is tried again unless a channel says another time, ms. */
export const DEFAULT_GIVE_UP_MS = 3_600_000;
export const MAX_GIVE_UP_MS = 24 * 3_600_000;

/** One channel of the configuration. Its address and its secret are secrets: they reach no log, no error and no answer. */
export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly url: URL;
  /** What messages are signed with: the key's bytes of a webhook, the text of a robot; null: not signed. */
  readonly secret: Buffer | null;
  readonly language: 'zh' | 'en';
  readonly perMinute: number;
  readonly giveUpMs: number;
}

/** What the configuration says of channels. */
export interface Channels {
  readonly byId: ReadonlyMap<string, Channel>;
  /** Private addresses that may be asked all the same, also without encryption. */
  readonly allowed: BlockList;
}

/** A text without what is secret of a channel, however it came into it. */
export function withoutSecrets(text: string, { url, secret }: Channel): string {
  const keys = [...url.searchParams.values(), url.pathname.split('/').at(-1) ?? '', secret?.toString('utf8') ?? ''];
  const long = [url.href, url.pathname + url.search, ...keys, secret?.toString('base64') ?? ''].filter(
    ({ length }) => length >= SHORTEST_SECRET,
  );
  return long.reduce((said, one) => said.replaceAll(one, '…'), text);
}
const SHORTEST_SECRET = 6;
