import type { AlertVersion } from '../model/alert.js';
import type { EscalationPolicy, EscalationStep } from '../model/escalation.js';
import { contains } from '../model/intervals.js';
import type { CompiledPlan } from '../model/plan.js';

/**
 * The escalation of one alert: from the version that began it until somebody acknowledges the alert, or it turns out that it never was.
 * The end of the condition does not end it. What the policy of its beginning says holds for it, whatever plans come after.
 */
export interface Round {
  readonly alertId: string;
  /** The version that it began with. */
  readonly version: number;
  /** What `afterMs` of its steps counts from, log time: its beginning, and later by the time for which it was held. */
  readonly fromMs: number;
  /** Since when it is held, because the alert is shelved or suppressed by design, log time; null: it is not. */
  readonly heldSinceMs: number | null;
  /** Null: no policy takes the alert, and nobody is told. */
  readonly policy: string | null;
  readonly steps: readonly EscalationStep[];
  /** How many of its steps fell due. */
  readonly told: number;
  /** The last version of the alert; refused actions are none. */
  readonly alert: AlertVersion;
}

/** A step that fell due. */
export interface DueStep {
  readonly round: Round;
  /** 1, 2, 3 … */
  readonly number: number;
  readonly step: EscalationStep;
  readonly dueMs: number;
}

/** What a version of an alert does to its round; null: there is none, and none begins. */
export type RoundChange =
  | { readonly is: 'open'; readonly round: Round }
  | { readonly is: 'ended'; readonly round: Round; readonly by: 'acknowledged' | 'retracted' };

/** A round as it goes on with a version of its alert. `round` null: the alert has none. `plan`: the one in force when the version came about. */
export function followVersion(
  round: Round | null,
  version: AlertVersion,
  plan: CompiledPlan | null,
): RoundChange | null {
  if (version.change === 'refused' || (round !== null && version.version <= round.alert.version)) return null;
  if (round === null) {
    if (isOver(version) !== null || isFinal(version)) return null;
    return { is: 'open', round: beginRound(version, plan) };
  }
  const by = isOver(version);
  if (by !== null) return { is: 'ended', round: { ...round, alert: version }, by };
  if (isGraver(version, round.alert)) {
    const begun = beginRound(version, plan);
    if (begun.policy !== null && begun.policy !== round.policy) return { is: 'open', round: begun };
  }
  return { is: 'open', round: held({ ...round, alert: version }, version) };
}

/** Nothing of it falls due any more, and nothing can show any more that its alert never was: it need not be kept. */
export function isDone({ alert, steps, told, heldSinceMs }: Round): boolean {
  return isFinal(alert) && (told >= steps.length || heldSinceMs !== null);
}

/** The steps that are due by then, at most so many: by due time, then by alert. Take each, then `afterStep` is the round. */
export function dueSteps(rounds: Iterable<Round>, untilMs: number, most: number): readonly DueStep[] {
  const due: DueStep[] = [];
  for (const round of rounds) {
    if (round.heldSinceMs !== null) continue;
    for (const [index, step] of round.steps.entries()) {
      const dueMs = round.fromMs + step.afterMs;
      if (index >= round.told && dueMs <= untilMs) due.push({ round, number: index + 1, step, dueMs });
    }
  }
  due.sort((a, b) => a.dueMs - b.dueMs || compare(a.round.alertId, b.round.alertId) || a.number - b.number);
  return due.slice(0, most);
}

/** The first policy of a plan that takes an alert; null: none does. */
export function policyOf(plan: CompiledPlan, alert: AlertVersion): EscalationPolicy | null {
  const group = alert.unit === null ? null : (plan.units.find(({ id }) => id === alert.unit)?.group ?? null);
  const takes = (policy: EscalationPolicy): boolean =>
    isAmong(alert.severity, policy.severities) &&
    isAmong(alert.rule, policy.kinds) &&
    isAmong(alert.place, policy.places) &&
    isAmong(group, policy.groups) &&
    contains(plan.schedules[policy.during] ?? [], alert.atMs);
  return plan.escalation?.find(takes) ?? null;
}

function beginRound(version: AlertVersion, plan: CompiledPlan | null): Round {
  const policy = plan === null || isOldNews(version) ? null : policyOf(plan, version);
  const round: Round = {
    alertId: version.alertId,
    version: version.version,
    fromMs: version.atMs,
    heldSinceMs: null,
    policy: policy?.id ?? null,
    steps: policy?.steps ?? [],
    told: 0,
    alert: version,
  };
  return held(round, version);
}

/** While nobody need act on the alert, or somebody has put it aside, its steps wait, and then for as long as they would have. */
function held(round: Round, { shelvedUntilMs, suppressedBy, atMs }: AlertVersion): Round {
  const isHeld = shelvedUntilMs !== null || suppressedBy !== null;
  if (isHeld) return round.heldSinceMs === null ? { ...round, heldSinceMs: atMs } : round;
  if (round.heldSinceMs === null) return round;
  return { ...round, heldSinceMs: null, fromMs: round.fromMs + Math.max(0, atMs - round.heldSinceMs) };
}

function isOver({ acknowledged, condition }: AlertVersion): 'acknowledged' | 'retracted' | null {
  if (condition === 'retracted') return 'retracted';
  return acknowledged ? 'acknowledged' : null;
}

/** It is over, and what comes in time cannot change that. */
function isFinal({ condition, finality }: AlertVersion): boolean {
  return condition === 'cleared' && finality !== 'provisional';
}

/** Fixes that came late show what was over so long before: it is on record, and pages nobody. A call for help is never too old. */
const OLD_NEWS_MS = 300_000;

function isOldNews({ rule, condition, toMs, atMs }: AlertVersion): boolean {
  return rule !== 'sos' && condition === 'cleared' && toMs !== null && atMs - toMs > OLD_NEWS_MS;
}

const GRAVITY = { low: 0, medium: 1, high: 2 } as const;

function isGraver(version: AlertVersion, before: AlertVersion): boolean {
  return GRAVITY[version.severity] > GRAVITY[before.severity];
}

function isAmong<Value extends string>(value: Value | null, among: readonly Value[] | null): boolean {
  return among === null || (value !== null && among.includes(value));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
