import { unreachable } from '../model/errors.js';
import type { Channel, ChannelKind, Channels } from './channel.js';
import { withoutSecrets } from './channel.js';
import { exchange } from './exchange.js';
import type { Message } from './message.js';
import { dingtalk } from './templates/dingtalk.js';
import { feishu } from './templates/feishu.js';
import type { Template, Verdict } from './templates/template.js';
import { webhook } from './templates/webhook.js';
import { wecom } from './templates/wecom.js';

function templateOf(kind: ChannelKind): Template {
  switch (kind) {
    case 'webhook':
      return webhook;
    case 'wecom':
      return wecom;
    case 'dingtalk':
      return dingtalk;
    case 'feishu':
      return feishu;
    default:
      return unreachable(kind);
  }
}

export interface AttemptOptions {
  readonly allowed: Channels['allowed'];
  /** True time, ms. */
  readonly nowMs: () => number;
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends a message once and says how it went. Never rejects, and nothing that it says holds a secret of the channel. */
export async function attempt(message: Message, channel: Channel, o: AttemptOptions): Promise<Verdict> {
  const template = templateOf(channel.kind);
  const outcome = await exchange(template.request(message, channel, o.nowMs()), o);
  const verdict: Verdict =
    outcome.is === 'failure'
      ? { code: outcome.code, detail: outcome.detail, afterMs: null }
      : template.judge(outcome, o.nowMs());
  return { ...verdict, detail: verdict.detail === null ? null : withoutSecrets(verdict.detail, channel) };
}
