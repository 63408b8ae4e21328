import type { AlertEvidence } from '../../model/alert.js';
import { contains, pairsOf, subtract } from '../../model/intervals.js';
import type { ObservingRule } from '../../model/plan.js';
import { NO_EPISODES, type Episode } from '../alerts/episodes.js';
import { unitTopic } from '../alerts/topics.js';
import { earlier } from '../agenda/instants.js';
import { silentAfterMs } from '../plan/plans.js';
import { bindsOnDuty } from '../plan/windows.js';
import { type Run, runsOf } from '../track/runs.js';
import { isNews, judgementOf } from './judgement.js';
import { type AboutUnit, NOTHING_FOUND, type RuleFindings } from './rule-kind.js';
import type { RuleScope } from './slice.js';

/**
 * What the runs of a rule come to. One goes on until a position shows that it is over, the rule binds no more, or the unit is silent: what it
 * did since then nobody saw. Time out of service does not count.
 *
 * @param factsOf what a run says of the finding
 */
export function judgeRuns(
  state: RuleScope,
  { rule, unit, planned }: AboutUnit<ObservingRule>,
  factsOf: (run: Run) => AlertEvidence,
): RuleFindings {
  const topic = unitTopic(rule, planned);
  const runs = runsOf(unit.head?.runs ?? new Map(), rule.id).filter(({ isFound }) => isFound);
  if (runs.length === 0 && !isNews(state, topic, NO_EPISODES)) return NOTHING_FOUND;
  const away = state.outOfService.get(unit.id) ?? [];
  const isAsked = contains(bindsOnDuty(state, rule.id, unit.id), state.nowMs);
  const episodes: Episode[] = [];
  let nextMs: number | null = null;
  for (const run of runs) {
    const silentMs = run.seenMs + silentAfterMs(planned);
    const isOpen = run.endedAtMs === null && isAsked && state.nowMs < silentMs;
    if (isOpen) nextMs = earlier(nextMs, silentMs);
    for (const [fromMs, toMs] of pairsOf(subtract([run.fromMs, run.lastMs], away))) {
      if (toMs - fromMs < run.holdMs) continue;
      const goesOn = isOpen && toMs === run.lastMs;
      const ending = toMs < run.lastMs ? 'window' : (run.ending ?? (isAsked ? 'silence' : 'window'));
      episodes.push({
        fromMs,
        toMs: goesOn ? null : toMs,
        certainty: 'certain',
        evidence: {
          ...(goesOn ? {} : { ending, innerMs: toMs - fromMs }),
          ...factsOf(run),
          thresholdMs: run.holdMs,
          planVersion: run.planVersion,
        },
      });
    }
  }
  return { judgements: [judgementOf(state, topic, episodes)], nextMs };
}
