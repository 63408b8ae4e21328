import type { AlertEvidence } from '../../model/alert.js';
import type { Episode } from '../alerts/episodes.js';
import type { AlertTopic, Found, Judgement } from '../alerts/topics.js';
import type { Span } from '../told/reconcile.js';
import type { RuleScope } from './slice.js';
import { taskBehind } from './suppression.js';

interface More {
  readonly disproof?: (span: Span) => AlertEvidence;
  /** What stands for an alert of this kind when no task does. */
  readonly outage?: (found: Found) => string | null;
}

/** Whether the alert book has to hear of what was found about a topic: something was, or an alert stands that says so. */
export function isNews(
  { alerts }: Pick<RuleScope, 'alerts'>,
  { key }: AlertTopic,
  episodes: readonly Episode[],
): boolean {
  return episodes.length > 0 || alerts.has(key);
}

/** What a rule found about a topic, for the alert book. */
export function judgementOf(
  state: RuleScope,
  topic: AlertTopic,
  episodes: readonly Episode[],
  { disproof, outage }: More = {},
): Judgement {
  return {
    topic,
    episodes: ordered(state, topic, episodes),
    ...(disproof === undefined ? {} : { disproof }),
    suppressor: (found) => taskBehind(state, topic, found) ?? outage?.(found) ?? null,
  };
}

/** Says of each episode which operation orders made, or changed, the rule that found it, by the plan that it found it by. */
function ordered({ plans }: RuleScope, { rule }: AlertTopic, episodes: readonly Episode[]): readonly Episode[] {
  if (episodes.length === 0 || plans.every(({ plan }) => plan.orders === undefined)) return episodes;
  return episodes.map((episode) => {
    const by = plans.find(({ plan }) => plan.version === episode.evidence.planVersion);
    const orders = by?.ruleById.get(rule.id)?.orders;
    return orders === undefined ? episode : { ...episode, evidence: { ...episode.evidence, orders } };
  });
}
