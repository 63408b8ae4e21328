import { createHash, randomUUID } from 'node:crypto';
import { encodeLogEntry } from '../codec/log-codec.js';
import { dueNoticesKey, type HotKeys, hotKeys, sentNoticesKey } from '../hot/keys.js';
import type { AlertVersion } from '../model/alert.js';
import type { NoticeEntry, NoticeStep } from '../model/log-entry.js';
import type { ChannelRecord, Notice, NoticeList, NoticeRecord, NoticeState } from '../model/notice.js';
import type { RedisConnection } from '../redis/connection.js';
import { untilKnown } from '../redis/outcome.js';
import { runScript, type Script, type ScriptArgument } from '../redis/script.js';
import type { Followed, FollowStep } from './follow.js';
import type { Round } from './rounds.js';
import { claimScript, followScript, nowScript, sendAgainScript, settleScript } from './scripts.js';

/** Where escalation stands. `n` rises with each step, and `by` made it: equal texts are one and the same step. */
export interface EscalationCursor extends Followed {
  readonly n: number;
  readonly by: string;
}

/** A message that this sender alone may send while the claim holds. */
export interface Claimed {
  readonly claim: string;
  readonly messageId: string;
  /** The clock of Redis when it was claimed, ms. */
  readonly nowMs: number;
  /** Of what receiver it is known that it is gone; null: of none. */
  readonly off: { readonly fingerprint: string } | null;
  /** One, or those of a digest. */
  readonly notices: readonly NoticeRecord[];
}

export type ClaimAnswer =
  | { readonly is: 'claimed'; readonly message: Claimed }
  /** `waitMs` null: nothing waits. */
  | { readonly is: 'none' | 'pace'; readonly waitMs: number | null };

export interface ClaimLimits {
  readonly perMinute: number;
  readonly floodAbove: number;
  readonly mostInDigest: number;
  readonly claimMs: number;
}

/** What is written when an attempt is over. */
export interface Settlement {
  /** `done`: the message is over; `again`: it is tried after `delayMs`; `keep`: this sender goes on with it. */
  readonly next: 'done' | 'again' | 'keep';
  readonly delayMs: number;
  /** Null: the log is told nothing of it yet. */
  readonly entry: NoticeEntry | null;
  /** Those that changed. */
  readonly notices: readonly NoticeRecord[];
  /** What a digest still carries; null: as before. */
  readonly carries: readonly string[] | null;
  /** The receiver is gone, and since when; null: it is not. */
  readonly off: { readonly fingerprint: string; readonly atMs: number } | null;
}

export interface NoticePage {
  readonly items: readonly NoticeRecord[];
  readonly total: number;
}

const PRIORITY = { high: '1', medium: '2', low: '3' } as const;

/** Escalations of one district in Redis: rounds, notices, and who sends which. Any number of senders may use it at once. */
export class NoticeStore {
  readonly #district: string;
  readonly #connection: RedisConnection;
  readonly #keys: HotKeys;
  readonly #name = randomUUID();

  /** `query` has that purpose. */
  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#district = o.district;
    this.#connection = o.query;
    this.#keys = hotKeys(o.district);
  }

  /** Log time up to which every version of alerts is there, and the numbers of the stream's ends; null: nothing is folded yet. */
  async readNow(): Promise<{ readonly atMs: number; readonly last: number; readonly first: number } | null> {
    const { cursor, log, alerts } = this.#keys;
    const [atMs, last, first] = (await this.#run(nowScript, [cursor, log, alerts], [])) as readonly unknown[];
    return atMs === undefined ? null : { atMs: Number(atMs), last: Number(last), first: Number(first) };
  }

  async readCursor(): Promise<EscalationCursor | null> {
    const text = await this.#connection.get(this.#keys.escalation);
    return text === null ? null : (JSON.parse(text) as EscalationCursor);
  }

  async readRounds(): Promise<Map<string, Round>> {
    const rounds = Object.values(await this.#connection.hgetall(this.#keys.rounds)).map(
      (text) => JSON.parse(text) as Round,
    );
    return new Map(rounds.map((round) => [round.alertId, round]));
  }

  /** Writes a step of escalation if the cursor is still where it was made from, and answers where it is then. Null: it was not, and nothing is written. */
  async follow(from: EscalationCursor | null, step: FollowStep): Promise<EscalationCursor | null> {
    const { transition, atMs } = step.to;
    const to: EscalationCursor = { n: (from?.n ?? 0) + 1, transition, atMs, by: this.#name };
    const channels = [...new Set(step.notices.map(({ channel }) => channel))];
    const { escalation, rounds, notices, noticeChannels } = this.#keys;
    const keys = [
      escalation,
      rounds,
      notices,
      noticeChannels,
      ...channels.map((one) => dueNoticesKey(this.#district, one)),
    ];
    const changes = [...step.rounds];
    const sets = changes.flatMap(([id, round]) => (round === null ? [] : [id, JSON.stringify(round)]));
    const gone = changes.flatMap(([id, round]) => (round === null ? [id] : []));
    const made = step.notices.flatMap((notice) => [
      notice.noticeId,
      JSON.stringify(newRecord(notice)),
      String(channels.indexOf(notice.channel) + 1),
      `${PRIORITY[notice.facts.severity]}|${notice.noticeId}`,
    ]);
    const args = [cursorText(from), cursorText(to), sets.length / 2, ...sets, gone.length, ...gone, ...made];
    const reply = await this.#known(followScript, keys, args);
    return Array.isArray(reply) ? null : to;
  }

  /** Channels that notices were ever made for, sorted. */
  async readChannels(): Promise<readonly string[]> {
    return (await this.#connection.smembers(this.#keys.noticeChannels)).sort();
  }

  /** Claims a message of the channel. A claim that was never answered holds until it runs out, and then somebody has it again. */
  async claim(channel: string, { claimMs, perMinute, floodAbove, mostInDigest }: ClaimLimits): Promise<ClaimAnswer> {
    const claim = randomUUID();
    const { noticeClaims, noticeDigests, channelsOff } = this.#keys;
    const keys = [...this.#channelKeys(channel), noticeClaims, noticeDigests, channelsOff];
    const args = [channel, claim, claimMs, perMinute, floodAbove, mostInDigest];
    const [is, ...rest] = ((await this.#run(claimScript, keys, args)) as readonly unknown[]).map(String);
    if (is !== 'claimed')
      return {
        is: is === 'pace' ? 'pace' : 'none',
        waitMs: rest[0] === '' || rest[0] === undefined ? null : Number(rest[0]),
      };
    const [messageId = '', nowMs = '', off = '', ...ids] = rest;
    const notices = await this.#readNotices(ids);
    return {
      is: 'claimed',
      message: {
        claim,
        messageId,
        nowMs: Number(nowMs),
        off: off === '' ? null : (JSON.parse(off) as { readonly fingerprint: string }),
        notices,
      },
    };
  }

  /** Why nobody need be told of these alerts any more, by alert id: those without a word are to be told. */
  async whyOver(alertIds: readonly string[]): Promise<ReadonlyMap<string, 'acknowledged' | 'retracted'>> {
    const ids = [...new Set(alertIds)];
    if (ids.length === 0) return new Map();
    const rounds = await this.#connection.hmget(this.#keys.rounds, ...ids);
    const unfollowed = ids.filter((_, i) => rounds[i] === null);
    if (unfollowed.length === 0) return new Map();
    const { openAlerts, closedAlerts } = this.#keys;
    const [open, closed] = await Promise.all(
      [openAlerts, closedAlerts].map((key) => this.#connection.hmget(key, ...unfollowed)),
    );
    const why = unfollowed.map((id, i) => [id, whyEnded(open?.[i] ?? closed?.[i] ?? null)] as const);
    return new Map(why.flatMap(([id, word]) => (word === null ? [] : [[id, word]])));
  }

  /** False: the claim had run out, and somebody else has the message; nothing is written. */
  async settle(channel: string, { claim, messageId }: Claimed, end: Settlement): Promise<boolean> {
    const { log, notices, noticeClaims, noticeDigests, endedNotices, failedNotices, channelsOff } = this.#keys;
    const [due, sent] = this.#channelKeys(channel);
    const keys = [log, notices, noticeClaims, due, sent, noticeDigests, endedNotices, failedNotices, channelsOff];
    const off = end.off === null ? '' : JSON.stringify(end.off);
    const payload = end.entry === null ? '' : Buffer.from(encodeLogEntry(end.entry));
    const carries = end.carries === null ? '' : JSON.stringify(end.carries);
    const changed = end.notices.flatMap((notice) => [notice.noticeId, JSON.stringify(notice), LIST_OF[notice.state]]);
    const args = [claim, messageId, end.next, end.delayMs, payload, carries, channel, off, ...changed];
    return String(await this.#known(settleScript, keys, args)) === 'settled';
  }

  /** The newest that failed, or that ended otherwise; or of those that wait the first. At most so many. */
  async list(state: NoticeList, most: number): Promise<NoticePage> {
    if (state === 'waiting') return await this.#waiting(most);
    const key = state === 'failed' ? this.#keys.failedNotices : this.#keys.endedNotices;
    const ids = await this.#connection.zrevrange(key, 0, most - 1);
    return { items: await this.#readNotices(ids), total: await this.#connection.zcard(key) };
  }

  /** Null: there is no such notice, or not any more. */
  async read(noticeId: string): Promise<NoticeRecord | null> {
    return (await this.#readNotices([noticeId]))[0] ?? null;
  }

  /** A failed notice is sent once more, under its own id. Null: there is none; `moved`: it does not stand as failed. */
  async sendAgain(
    noticeId: string,
    { actor, reason }: { readonly actor: string; readonly reason: string },
  ): Promise<NoticeRecord | 'moved' | null> {
    const text = await this.#connection.hget(this.#keys.notices, noticeId);
    if (text === null) return null;
    const before = JSON.parse(text) as NoticeRecord;
    if (before.state !== 'failed') return 'moved';
    const asked = { state: 'waiting', code: 'asked', detail: null, firstTriedMs: null, message: noticeId } as const;
    const after: NoticeRecord = { ...before, ...asked };
    const entry: NoticeEntry = {
      kind: 'notice',
      messageId: noticeId,
      channel: before.channel,
      outcome: 'again',
      code: 'asked',
      attempts: before.attempts,
      actor,
      reason,
      steps: [noticeStep(before)],
    };
    const { log, notices, failedNotices, channelsOff } = this.#keys;
    const keys = [log, notices, dueNoticesKey(this.#district, before.channel), failedNotices, channelsOff];
    const payload = Buffer.from(encodeLogEntry(entry));
    const args = [noticeId, text, JSON.stringify(after), payload, before.channel];
    const reply = await this.#run(sendAgainScript, keys, args);
    return String(reply) === 'again' ? after : 'moved';
  }

  /** Every channel that notices were made for. */
  async channels(): Promise<readonly ChannelRecord[]> {
    const names = await this.readChannels();
    const off = await this.#connection.hgetall(this.#keys.channelsOff);
    return await Promise.all(
      names.map(async (channel) => {
        const said = off[channel];
        const disabledAtMs = said === undefined ? null : (JSON.parse(said) as { readonly atMs: number }).atMs;
        return { channel, waiting: await this.#waitingOf(channel), disabledAtMs };
      }),
    );
  }

  /** How many messages and notices wait for a channel. */
  async #waitingOf(channel: string): Promise<number> {
    return await this.#connection.zcard(dueNoticesKey(this.#district, channel));
  }

  async #waiting(most: number): Promise<NoticePage> {
    const items: NoticeRecord[] = [];
    let total = 0;
    for (const channel of await this.readChannels()) {
      const key = dueNoticesKey(this.#district, channel);
      total += await this.#connection.zcard(key);
      for (const member of await this.#connection.zrange(key, 0, String(most - 1))) {
        const id = member.slice(2);
        const carried = member.startsWith('d|')
          ? (JSON.parse((await this.#connection.hget(this.#keys.noticeDigests, id)) ?? '[]') as readonly string[])
          : [id];
        items.push(...(await this.#readNotices(carried)));
      }
    }
    return { items: items.sort((a, b) => a.dueMs - b.dueMs).slice(0, most), total };
  }

  async #readNotices(ids: readonly string[]): Promise<readonly NoticeRecord[]> {
    if (ids.length === 0) return [];
    const texts = await this.#connection.hmget(this.#keys.notices, ...ids);
    return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as NoticeRecord]));
  }

  #channelKeys(channel: string): readonly [due: string, sent: string] {
    return [dueNoticesKey(this.#district, channel), sentNoticesKey(this.#district, channel)];
  }

  /** A script that may be carried out twice: repeated until its outcome is known. */
  #known(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return untilKnown(this.#connection, () => runScript(this.#connection, script, keys, args));
  }

  #run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return runScript(this.#connection, script, keys, args);
  }
}

/** Where the settle script notes a notice. */
const LIST_OF = {
  waiting: 'waits',
  delivered: 'ended',
  stopped: 'ended',
  failed: 'failed',
} as const satisfies Readonly<Record<NoticeState, string>>;

function newRecord(notice: Notice): NoticeRecord {
  const untried = { code: null, detail: null, firstTriedMs: null, lastTriedMs: null, message: null };
  return { ...notice, state: 'waiting', attempts: 0, ...untried };
}

export function noticeStep({ noticeId, alertId, version, policy, step, to, dueMs }: Notice): NoticeStep {
  return { noticeId, alertId, version, policy, step, to, dueMs };
}

/** What tells whether a receiver is another one than the one that was gone, without saying which it is. */
export function fingerprintOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}

function cursorText(cursor: EscalationCursor | null): string {
  return cursor === null
    ? ''
    : JSON.stringify({ n: cursor.n, transition: cursor.transition, atMs: cursor.atMs, by: cursor.by });
}

/**
 * Why the round of an alert is over, from the last version of it, as JSON; null: because nothing that it tells can change any more, and
 * that is to be told. Of an alert that is not kept any more (null) nobody asks: somebody saw to it long ago.
 */
function whyEnded(json: string | null): 'acknowledged' | 'retracted' | null {
  if (json === null) return 'acknowledged';
  const { condition, acknowledged } = JSON.parse(json) as Pick<AlertVersion, 'condition' | 'acknowledged'>;
  if (condition === 'retracted') return 'retracted';
  return acknowledged ? 'acknowledged' : null;
}
