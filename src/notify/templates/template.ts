import type { NoticeCode } from '../../model/notice.js';
import type { Channel } from '../channel.js';
import type { Exchange, Outgoing } from '../exchange.js';
import type { Message } from '../message.js';

type Answer = Extract<Exchange, { readonly is: 'answer' }>;

/** How an attempt went. `afterMs`: the receiver asks to wait so long; null: it does not say. */
export interface Verdict {
  readonly code: NoticeCode;
  readonly detail: string | null;
  readonly afterMs: number | null;
}

/** One way to tell: what is posted, and what the answer to it means. */
export interface Template {
  /** @param nowMs true time, for the signature */
  request(message: Message, channel: Channel, nowMs: number): Outgoing;
  judge(answer: Answer, nowMs: number): Verdict;
}

export const taken: Verdict = { code: 'taken', detail: null, afterMs: null };

/** A receiver whose clock is so far away may take our signature for one of another time. */
const CLOCK_AWAY_MS = 60_000;
/** A receiver may ask for at most so long a pause. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** What an answer means by HTTP alone. */
export function judgeHttp({ status, headers }: Answer, nowMs: number): Verdict {
  const afterMs = retryAfterMs(headers['retry-after'], nowMs);
  if (status >= 200 && status < 300) return taken;
  const detail = `got HTTP ${status}`;
  if (status === 410) return { code: 'gone', detail, afterMs: null };
  if (status >= 300 && status < 400)
    return { code: 'redirected', detail: `${detail}, a redirect, which is never followed`, afterMs: null };
  if (status === 429 || (status === 503 && afterMs !== null)) return { code: 'busy', detail, afterMs };
  if (status >= 500) return { code: 'server-error', detail, afterMs };
  return rejected(headers.date, nowMs, detail, afterMs);
}

/** A clock that is far away is named: nobody finds that in a signature that does not fit. */
function rejected(date: string | undefined, nowMs: number, detail: string, afterMs: number | null): Verdict {
  const awayMs = clockAwayMs(date, nowMs);
  if (awayMs === null || Math.abs(awayMs) <= CLOCK_AWAY_MS) return { code: 'rejected', detail, afterMs };
  const seconds = Math.round(Math.abs(awayMs) / 1_000);
  const side = awayMs > 0 ? 'ahead of' : 'behind';
  return { code: 'receiver-clock', detail: `${detail}; its clock is ${seconds} s ${side} ours`, afterMs };
}

/** Seconds, or an instant; null: neither is said. */
function retryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}

function clockAwayMs(date: string | undefined, nowMs: number): number | null {
  const ms = date === undefined ? Number.NaN : Date.parse(date) - nowMs;
  return Number.isFinite(ms) ? ms : null;
}

/** What a robot says in the body, whatever its status: a number that is 0 when all is well, under one of these names. */
export function robotAnswer(body: string, codes: readonly string[], texts: readonly string[]): RobotAnswer | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map<string, unknown>(Object.entries(value));
  const code = codes.map((name) => members.get(name)).find((found) => typeof found === 'number');
  const text = texts.map((name) => members.get(name)).find((found) => typeof found === 'string');
  return typeof code === 'number' ? { code, text: typeof text === 'string' ? text.slice(0, MOST_TEXT) : '' } : null;
}
const MOST_TEXT = 200;

export interface RobotAnswer {
  readonly code: number;
  readonly text: string;
}

/** @param meanings what the robot's own numbers mean; another one is a rejection */
export function judgeRobot(
  answer: Answer,
  nowMs: number,
  said: RobotAnswer | null,
  meanings: Readonly<Record<number, NoticeCode>>,
): Verdict {
  const byHttp = judgeHttp(answer, nowMs);
  if (said === null) {
    if (byHttp.code !== 'taken') return byHttp;
    return {
      code: 'answer-unreadable',
      detail: `got HTTP ${answer.status} without the number that a robot answers with`,
      afterMs: null,
    };
  }
  if (said.code === 0) return byHttp;
  const detail = `the robot says ${said.code} ${said.text}`.trim();
  const code = meanings[said.code] ?? (byHttp.code === 'taken' ? 'rejected' : byHttp.code);
  if (code === 'rejected') return rejected(answer.headers.date, nowMs, detail, byHttp.afterMs);
  return { code, detail, afterMs: code === 'busy' ? ROBOT_PAUSE_MS : byHttp.afterMs };
}
/** Robots count by the minute. */
const ROBOT_PAUSE_MS = 60_000;

export function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
