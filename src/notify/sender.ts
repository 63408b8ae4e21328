import type { NoticeEntry } from '../model/log-entry.js';
import type { NoticeCode, NoticeOutcome, NoticeRecord } from '../model/notice.js';
import type { Logger, Metrics } from '../model/ports.js';
import { attempt } from './attempt.js';
import { type Channel, type Channels, DEFAULT_GIVE_UP_MS } from './channel.js';
import { ATTEMPT_MS } from './exchange.js';
import { type Message, messageOf } from './message.js';
import { type ClaimLimits, type Claimed, fingerprintOf, type NoticeStore, noticeStep } from './notice-store.js';
import type { Verdict } from './templates/template.js';

/** A claim holds for so long: who was killed with it is followed by another sender after that. */
export const CLAIM_MS = 60_000;
/** An attempt that does not end this long before its claim is not begun. */
const SPARE_MS = 5_000;
/** The first repeat comes after this, the next after twice as long, and so on up to the longest. */
const FIRST_AGAIN_MS = 2_000;
const LONGEST_AGAIN_MS = 300_000;
/** More notices than this that nobody tried yet become one digest; it carries at most so many. */
export const FLOOD_ABOVE = 10;
export const MOST_IN_DIGEST = 100;

export interface SenderOptions {
  readonly district: string;
  readonly store: Pick<NoticeStore, 'claim' | 'settle' | 'whyOver'>;
  /** As the configuration says them now. */
  readonly channels: () => Channels;
  /** What messages say of the district besides their alerts. */
  readonly about: () => Pick<Message, 'districtName' | 'timeZone'>;
  /** True time, ms. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Shorter in tests. */
  readonly claimMs?: number;
  readonly attemptMs?: number;
  readonly firstAgainMs?: number;
}

/** How a channel was found last. */
export interface ChannelHealth {
  /** Since when nothing was taken, by this process's monotonic clock, ms; null: what was sent last was taken. */
  readonly failingSinceMs: number | null;
  readonly code: NoticeCode | null;
}

/** Sends what waits for one channel, a message at a time. Several senders of one channel never send the same message at once. */
export class Sender {
  readonly #channel: string;
  readonly #o: SenderOptions;
  #health: ChannelHealth = { failingSinceMs: null, code: null };

  constructor(channel: string, o: SenderOptions) {
    this.#channel = channel;
    this.#o = o;
  }

  get health(): ChannelHealth {
    return this.#health;
  }

  /** Sends the next message if one is due. Answers after how long another may be, ms: 0 after a message, null when nothing waits. */
  async sendNext(): Promise<number | null> {
    const claimMs = this.#o.claimMs ?? CLAIM_MS;
    const beganMs = performance.now();
    const answer = await this.#o.store.claim(this.#channel, { ...this.#limits(), claimMs });
    if (answer.is !== 'claimed') return answer.waitMs;
    const latestMs = beganMs + claimMs - (this.#o.attemptMs ?? ATTEMPT_MS) - Math.min(SPARE_MS, claimMs / 10);
    await this.#send(answer.message, latestMs);
    return 0;
  }

  #limits(): Omit<ClaimLimits, 'claimMs'> {
    const perMinute = this.#o.channels().byId.get(this.#channel)?.perMinute ?? 60;
    return { perMinute, floodAbove: FLOOD_ABOVE, mostInDigest: MOST_IN_DIGEST };
  }

  /** @param latestMs when the attempt must have begun, by the monotonic clock: later another sender may have the message */
  async #send(claimed: Claimed, latestMs: number): Promise<void> {
    const channels = this.#o.channels();
    const channel = channels.byId.get(this.#channel);
    const message = await this.#withoutOver(claimed);
    if (message === null) return;
    if (channel !== undefined && message.off?.fingerprint === fingerprintOf(channel.url.href)) {
      await this.#end(message, { code: 'gone', detail: 'the receiver was gone before', afterMs: null }, channel);
      return;
    }
    const tried = await this.#noteAttempt(message);
    if (tried === null || performance.now() > latestMs) return;
    const verdict: Verdict =
      channel === undefined
        ? {
            code: 'channel-unknown',
            detail: `no channel is called ${this.#channel} in the configuration`,
            afterMs: null,
          }
        : await attempt(messageOf(tried, { district: this.#o.district, ...this.#o.about() }), channel, {
            allowed: channels.allowed,
            nowMs: this.#o.nowMs,
            signal: this.#o.signal,
            ...(this.#o.attemptMs === undefined ? {} : { withinMs: this.#o.attemptMs }),
          });
    this.#o.metrics.count('beatwatch_notice_attempts_total', 1, { district: this.#o.district, code: verdict.code });
    const failingSinceMs = verdict.code === 'taken' ? null : (this.#health.failingSinceMs ?? performance.now());
    this.#health = { failingSinceMs, code: verdict.code };
    await this.#end(tried, verdict, channel);
  }

  /** Ends what nobody tried and nobody need be told any more. Null: nothing of the message is left, or it is not ours any more. */
  async #withoutOver(claimed: Claimed): Promise<Claimed | null> {
    const fresh = claimed.notices.filter(
      ({ attempts, kind, code }) => attempts === 0 && kind === 'escalated' && code === null,
    );
    const why = await this.#o.store.whyOver(fresh.map(({ alertId }) => alertId));
    let left = claimed.notices;
    for (const code of ['acknowledged', 'retracted'] as const) {
      const over = fresh.filter(({ alertId }) => why.get(alertId) === code);
      if (over.length === 0) continue;
      left = left.filter((notice) => !over.includes(notice));
      const ended = over.map((notice): NoticeRecord => ({ ...notice, state: 'stopped', code, message: null }));
      const settled = await this.#settle(claimed, {
        next: left.length === 0 ? 'done' : 'keep',
        entry: this.#entry(claimed, ended, 'stopped', code),
        notices: ended,
        carries: left.length === 0 ? null : left.map(({ noticeId }) => noticeId),
      });
      if (!settled) return null;
    }
    if (left.length > 0) return { ...claimed, notices: left };
    if (claimed.notices.length === 0) await this.#settle(claimed, { next: 'done', entry: null, notices: [] });
    return null;
  }

  /** Notes an attempt before it is made: whoever comes after a kill knows that the receiver may have it. Null: it is not ours any more. */
  async #noteAttempt(claimed: Claimed): Promise<Claimed | null> {
    const notices = claimed.notices.map(
      (notice): NoticeRecord => ({
        ...notice,
        attempts: notice.attempts + 1,
        firstTriedMs: notice.firstTriedMs ?? claimed.nowMs,
        lastTriedMs: claimed.nowMs,
        message: claimed.messageId,
      }),
    );
    const isOurs = await this.#settle(claimed, { next: 'keep', entry: null, notices });
    return isOurs ? { ...claimed, notices } : null;
  }

  /** @param channel what was tried; undefined: the configuration has none of that name */
  async #end(message: Claimed, { code, detail, afterMs }: Verdict, channel: Channel | undefined): Promise<void> {
    const { notices, nowMs } = message;
    const attempts = Math.max(...notices.map((notice) => notice.attempts));
    const outcome = this.#outcomeOf(message, code, channel);
    const state = outcome ?? 'waiting';
    const changed = notices.map((notice): NoticeRecord => ({ ...notice, state, code, detail }));
    const url = channel?.url.href;
    const isGone = code === 'gone' && url !== undefined;
    await this.#settle(message, {
      next: outcome === null ? 'again' : 'done',
      delayMs: this.#o.signal.aborted ? 0 : (afterMs ?? this.#pauseMs(attempts)),
      entry: outcome === null ? null : this.#entry(message, changed, outcome, code),
      notices: changed,
      off: isGone && message.off === null ? { fingerprint: fingerprintOf(url), atMs: nowMs } : null,
    });
    const facts = {
      district: this.#o.district,
      channel: this.#channel,
      message: message.messageId,
      code,
      detail,
      attempts,
    };
    if (outcome === 'failed') this.#o.logger.error(facts, 'a notice is given up: look at it, and send it again');
    else if (outcome === null) this.#o.logger.warn(facts, 'a notice was not taken; it is tried again');
    else this.#o.logger.debug(facts, 'a notice is delivered');
  }

  /** Null: it is tried again. */
  #outcomeOf(
    { notices, nowMs }: Claimed,
    code: NoticeCode,
    channel: Channel | undefined,
  ): 'delivered' | 'failed' | null {
    if (code === 'taken') return 'delivered';
    if (code === 'gone') return 'failed';
    const giveUpMs = channel?.giveUpMs ?? DEFAULT_GIVE_UP_MS;
    const sinceMs = Math.min(...notices.map(({ firstTriedMs }) => firstTriedMs ?? nowMs));
    return nowMs - sinceMs >= giveUpMs ? 'failed' : null;
  }

  #pauseMs(attempts: number): number {
    return Math.min((this.#o.firstAgainMs ?? FIRST_AGAIN_MS) * 2 ** Math.max(0, attempts - 1), LONGEST_AGAIN_MS);
  }

  async #settle(
    claimed: Claimed,
    end: Pick<Parameters<NoticeStore['settle']>[2], 'next' | 'entry' | 'notices'> &
      Partial<Parameters<NoticeStore['settle']>[2]>,
  ): Promise<boolean> {
    const settled = await this.#o.store.settle(this.#channel, claimed, {
      delayMs: 0,
      carries: null,
      off: null,
      ...end,
    });
    if (settled && end.entry !== null) {
      const { outcome, steps } = end.entry;
      this.#o.metrics.count('beatwatch_notices_total', steps.length, { district: this.#o.district, outcome });
    }
    return settled;
  }

  #entry(
    { messageId }: Claimed,
    notices: readonly NoticeRecord[],
    outcome: NoticeOutcome,
    code: NoticeCode,
  ): NoticeEntry {
    const attempts = Math.max(...notices.map((notice) => notice.attempts));
    const steps = notices.map(noticeStep);
    return {
      kind: 'notice',
      messageId,
      channel: this.#channel,
      outcome,
      code,
      attempts,
      actor: null,
      reason: null,
      steps,
    };
  }
}
