import type { AlertRule, AlertVersion } from './alert.js';
import type { EscalationLevel } from './escalation.js';
import type { Names, Severity } from './plan.js';

/** Longest id of a notice, characters: those of an alert's id, and what stands behind it. */
export const MAX_NOTICE_ID = 300;

/** What became of a notice: it waits, was taken by its channel, was given up, or nobody had to be told any more. */
export const NOTICE_STATES = ['waiting', 'delivered', 'failed', 'stopped'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];
/** Lists of notices: those that wait, those that failed, and those that were delivered or stopped within a day. */
export const NOTICE_LISTS = ['failed', 'waiting', 'ended'] as const;
export type NoticeList = (typeof NOTICE_LISTS)[number];

/** How a message ended, or that a person had it sent once more. */
export const NOTICE_OUTCOMES = ['delivered', 'failed', 'stopped', 'again'] as const;
export type NoticeOutcome = (typeof NOTICE_OUTCOMES)[number];

/** Why an attempt failed, or how it went. */
export const NOTICE_CODES = [
  /** The channel took it. */
  'taken',
  /** No channel has this id in the configuration of the server that sends. */
  'channel-unknown',
  /** A private address that the configuration does not allow, or no address for what is not encrypted. */
  'address-refused',
  'name-unknown',
  'connect-failed',
  'tls-failed',
  'timed-out',
  'closed',
  /** What was answered is no HTTP, or no answer that such a channel gives. */
  'answer-unreadable',
  /** It is never followed. */
  'redirected',
  'server-error',
  /** The receiver asks for patience. */
  'busy',
  'rejected',
  /** Rejected, and the receiver's clock is far from ours: it may take our signature for an old one. */
  'receiver-clock',
  /** The receiver says that it is gone for good: nothing more is sent there. */
  'gone',
  /** Somebody acknowledged the alert before it could be sent. */
  'acknowledged',
  /** The alert was retracted before it could be sent. */
  'retracted',
  /** A person had it sent once more. */
  'asked',
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** `escalated`: a step of a policy. `withdrawn`: the alert that was told there never was. */
export type NoticeKind = 'escalated' | 'withdrawn';

/** One step of one round, over one channel: what it says was fixed when the step fell due. */
export interface Notice {
  /** As `formatNoticeId` makes it: whoever computes the step again finds the same. */
  readonly noticeId: string;
  readonly kind: NoticeKind;
  readonly alertId: string;
  /** The version of the alert that its round began with. */
  readonly version: number;
  readonly policy: string;
  /** 1, 2, 3 …; 0: withdrawn. */
  readonly step: number;
  readonly to: EscalationLevel;
  readonly channel: string;
  /** When the step fell due, log time, ms. */
  readonly dueMs: number;
  readonly facts: NoticeFacts;
}

/** What a notice says of its alert, as of when it fell due. */
export interface NoticeFacts
  extends Pick<
    AlertVersion,
    'condition' | 'certainty' | 'fromMs' | 'toMs' | 'place' | 'unit' | 'ruleId' | 'transition'
  > {
  readonly rule: AlertRule;
  readonly severity: Severity;
  /** The version of the alert that is told. */
  readonly alertVersion: number;
  readonly sentence: Names;
}

/** `<alert id>:v<version>:s<step>:<channel>`. */
export function formatNoticeId({
  alertId,
  version,
  step,
  channel,
}: Pick<Notice, 'alertId' | 'version' | 'step' | 'channel'>): string {
  return `${alertId}:v${version}:s${step}:${channel}`;
}

/** How the sending of a notice stands. */
export interface NoticeRecord extends Notice {
  readonly state: NoticeState;
  /** How often it was tried, alone or with others. */
  readonly attempts: number;
  /** Of the last attempt, or of its end; null: none yet. */
  readonly code: NoticeCode | null;
  readonly detail: string | null;
  /** By the clock of Redis: when it was first and last tried; null: not yet. */
  readonly firstTriedMs: number | null;
  readonly lastTriedMs: number | null;
  /** Id of the message that carries it: its own, or a digest's; null: none was made yet. */
  readonly message: string | null;
}

/** A channel as its district knows it. */
export interface ChannelRecord {
  readonly channel: string;
  /** Notices that wait for it. */
  readonly waiting: number;
  /** Since when nothing is sent there, because the receiver said that it is gone, by the clock of Redis; null: it is in use. */
  readonly disabledAtMs: number | null;
}
