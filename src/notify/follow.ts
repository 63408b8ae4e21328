import type { AlertVersion } from '../model/alert.js';
import type { EscalationLevel } from '../model/escalation.js';
import { formatNoticeId, type Notice, type NoticeFacts } from '../model/notice.js';
import type { CompiledPlan } from '../model/plan.js';
import { wordedAlert } from '../protocol/words/worded-alert.js';
import { type DueStep, dueSteps, followVersion, isDone, type Round } from './rounds.js';

/** Up to where the escalations are made: the last version of alerts that was followed, and the log time. */
export interface Followed {
  readonly transition: number;
  readonly atMs: number;
}

export interface FollowInput {
  /** Versions after the one that was followed last, in their order. */
  readonly versions: readonly AlertVersion[];
  /** Log time up to which no other version can come. */
  readonly untilMs: number;
  /** The plan in force at a log time. */
  readonly planAt: (atMs: number) => CompiledPlan | null;
  readonly timeZone: string | null;
  /** At least so many notices end the step: the rest is for the next. */
  readonly most: number;
}

/** What following has come to: rounds that changed (null: ended), and what fell due, in its order. */
export interface FollowStep {
  readonly to: Followed;
  readonly rounds: ReadonlyMap<string, Round | null>;
  readonly notices: readonly Notice[];
  /** Not all of the input was followed. */
  readonly isCut: boolean;
}

/**
 * Escalation as a fold over the versions of alerts and the time of the log: steps that are due before a version fire before it. However
 * versions and times are divided into inputs, the notices are the same, with the same ids.
 */
export function follow(from: Followed, rounds: ReadonlyMap<string, Round>, input: FollowInput): FollowStep {
  const now = new Map(rounds);
  const changed = new Map<string, Round | null>();
  const notices: Notice[] = [];
  let to = from;
  const set = (alertId: string, round: Round | null): void => {
    const kept = round === null || isDone(round) ? null : round;
    changed.set(alertId, kept);
    if (kept === null) now.delete(alertId);
    else now.set(alertId, kept);
  };
  /** False: there are more. */
  const fire = (untilMs: number): boolean => {
    for (let due = dueSteps(now.values(), untilMs, input.most); due.length > 0; ) {
      for (const step of due) {
        const round = now.get(step.round.alertId) ?? step.round;
        set(round.alertId, { ...round, told: Math.max(round.told, step.number) });
        notices.push(...noticesOf(step, input.timeZone));
      }
      if (notices.length >= input.most) return false;
      due = dueSteps(now.values(), untilMs, input.most);
    }
    return true;
  };
  for (const version of input.versions) {
    if (!fire(version.atMs)) return { to, rounds: changed, notices, isCut: true };
    const change = followVersion(now.get(version.alertId) ?? null, version, input.planAt(version.atMs));
    if (change !== null) set(version.alertId, change.is === 'open' ? change.round : null);
    if (change?.is === 'ended' && change.by === 'retracted')
      notices.push(...withdrawals(change.round, version.atMs, input.timeZone));
    to = { transition: version.transition, atMs: version.atMs };
  }
  const isWhole = fire(input.untilMs);
  if (isWhole) to = { ...to, atMs: input.untilMs };
  return { to, rounds: changed, notices, isCut: !isWhole };
}

function noticesOf({ round, number, step, dueMs }: DueStep, timeZone: string | null): Notice[] {
  return step.channels.map((channel) => noticeOf(round, { channel, step: number, to: step.to, dueMs }, timeZone));
}

/** Whoever was told hears that it never was: each channel once. */
function withdrawals(round: Round, atMs: number, timeZone: string | null): Notice[] {
  const told = round.steps
    .slice(0, round.told)
    .flatMap(({ channels, to }) => channels.map((channel) => [channel, to] as const));
  const last = new Map<string, EscalationLevel>(told);
  return [...last].map(([channel, to]) => {
    const { version } = round.alert;
    return { ...noticeOf({ ...round, version }, { channel, step: 0, to, dueMs: atMs }, timeZone), kind: 'withdrawn' };
  });
}

function noticeOf(
  { alertId, version, policy, alert }: Round,
  about: Pick<Notice, 'channel' | 'step' | 'to' | 'dueMs'>,
  timeZone: string | null,
): Notice {
  return {
    noticeId: formatNoticeId({ alertId, version, step: about.step, channel: about.channel }),
    kind: 'escalated',
    alertId,
    version,
    policy: policy ?? '',
    ...about,
    facts: factsOf(alert, timeZone),
  };
}

function factsOf(alert: AlertVersion, timeZone: string | null): NoticeFacts {
  const { rule, ruleId, severity, condition, certainty, fromMs, toMs, place, unit, transition, version } = alert;
  const { sentence } = wordedAlert(alert, timeZone);
  return {
    rule,
    ruleId,
    severity,
    condition,
    certainty,
    fromMs,
    toMs,
    place,
    unit,
    transition,
    alertVersion: version,
    sentence,
  };
}
