import { normalise, pairsOf, subtract, intersect } from '../../../model/intervals.js';
import { placeSubject } from '../../../model/subject.js';
import { isGapRule } from '../../plan/gap-rules.js';
import { limitsOver } from '../../plan/limits-over.js';
import { placesSoFar, rulesAbout } from '../../plan/so-far.js';
import { bindingIntervals } from '../../plan/windows.js';
import type { UncoveredSpan } from '../../presence/bunch-times.js';
import { baseKey, coveredSpans, possibleSpans, type Whereabouts } from '../../presence/presence.js';
import { isOfKind } from '../counted-kinds.js';
import type { RuleScope } from '../slice.js';

/** Of `[sinceMs, untilMs)`, by rule and place. */
export function uncoveredSpans(
  state: RuleScope,
  where: Whereabouts,
  sinceMs: number,
  untilMs: number,
  remembered: readonly UncoveredSpan[],
): readonly UncoveredSpan[] {
  const outages = state.outages.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]);
  const before = new Map(remembered.map((span) => [span.key, span]));
  const found: UncoveredSpan[] = [];
  for (const place of placesSoFar(state)) {
    for (const { rule } of rulesAbout(state, placeSubject(place))) {
      if (!isGapRule(rule) && rule.kind !== 'checkpoint-window') continue;
      const binds = intersect(bindingIntervals(state, rule.id, placeSubject(place)), [sinceMs, untilMs]);
      if (binds.length === 0) continue;
      const limits = limitsOver(state, rule, placeSubject(place));
      const there = [...coveredSpans(state, where, place), ...possibleSpans(state, where, place)]
        .filter((span) => isOfKind(state, limits, span))
        .map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]);
      const key = baseKey(rule.id, place);
      for (const [fromMs, toMs] of pairsOf(subtract(binds, normalise([...there, ...outages])))) {
        const goesBack = fromMs === sinceMs ? before.get(key)?.fromMs : undefined;
        found.push({ key, place, fromMs: goesBack ?? fromMs, toMs });
      }
    }
  }
  return found;
}
