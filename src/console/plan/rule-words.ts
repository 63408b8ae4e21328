import type { CompiledPlan, Mode, PlanRule, SpeedingRule } from '../../model/plan.js';
import type { Texts } from '../i18n/texts.js';
import { clockText, dayText, spanText } from '../i18n/words.js';
import { limitMs, type RuleNow } from './rules-now.js';

/** What a rule asks for, in words. */
export function ruleText(rule: PlanRule, texts: Texts): string {
  const limit = limitMs(rule);
  const { asks } = texts.plan;
  if (rule.kind === 'checkpoint-window')
    return asks['checkpoint-window'](spanText(texts, rule.graceMs), spanText(texts, rule.absenceMs));
  if (rule.kind === 'debt') return asks.debt(spanText(texts, rule.creditMs), rule.worth, spanText(texts, rule.clearMs));
  if (rule.kind === 'predictable') return asks.predictable(rule.revisits, spanText(texts, rule.withinMs));
  if (rule.kind === 'route-pass')
    return asks['route-pass'](spanText(texts, rule.everyMs), spanText(texts, rule.passWithinMs), rule.by);
  if (rule.kind === 'strength') return asks.strength(rule.atLeast, rule.counts, spanText(texts, rule.holdMs));
  if (rule.kind === 'duty-strength')
    return asks['duty-strength'](
      rule.atLeast,
      rule.counts,
      rule.scope,
      spanText(texts, rule.holdMs),
      rule.moved?.metres ?? null,
    );
  if (rule.kind === 'bunching') return asks.bunching(rule.atLeast, rule.withinM, spanText(texts, rule.holdMs));
  if (rule.kind === 'off-zone') return asks['off-zone'](rule.beyondM, spanText(texts, rule.holdMs));
  if (rule.kind === 'speeding') return asks.speeding(limitsText(rule), spanText(texts, rule.holdMs));
  if (rule.kind === 'lights') return asks.lights(rule.leastPercent);
  return limit === null ? asks['tracker-silence']('') : asks[rule.kind](spanText(texts, limit));
}

/** The limits of a rule, each once, lowest first. */
function limitsText({ limits }: SpeedingRule): string {
  const kmh = limits.map(({ limitCmps }) => Math.round((limitCmps * 36) / 1_000));
  return [...new Set(kmh)].sort((a, b) => a - b).join('/');
}

/** Why a rule binds or rests at an instant: its window, and the schedule that the window comes of. */
export function whyText(
  { rule, binds, window }: RuleNow,
  { timeZone }: CompiledPlan,
  nowMs: number,
  texts: Texts,
): string {
  const { plan } = texts;
  const schedule = scheduleText(rule.binds, texts);
  if (window === null) return plan.never(schedule);
  const at = (ms: number): string => {
    const [day, today] = [dayText(timeZone, ms), dayText(timeZone, nowMs)];
    return day === today ? clockText(timeZone, ms, false) : `${day} ${clockText(timeZone, ms, false)}`;
  };
  return binds ? plan.bindsUntil(at(window.toMs), schedule) : plan.restsUntil(at(window.fromMs), schedule);
}

/** What a schedule of the plan is called: a mode by its name, another by its own. */
export function scheduleText(name: string, texts: Texts): string {
  const mode = /^mode:(.+)$/.exec(name)?.[1];
  return mode !== undefined && Object.hasOwn(texts.mode, mode) ? texts.mode[mode as Mode] : name;
}
