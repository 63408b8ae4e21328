import type { AlertEvidence } from '../../model/alert.js';
import { planWithUnit } from '../plan/so-far.js';
import { lastJudged } from './judged.js';
import type { PresenceSpan } from './presence.js';
import { isOutOfSight } from '../track/sight.js';
import type { PresenceScope } from './slice.js';

export interface HidingInput {
  readonly nowMs: number;
  /** Who may have been there, in no order, and who was, by (from, unit), both of the kinds that count. */
  readonly possible: () => readonly PresenceSpan[];
  readonly covered: readonly PresenceSpan[];
  /** How long a presence must be to count, by the plan in force when it began. */
  readonly countsAfterMs: (span: PresenceSpan) => number;
}

/**
 * Where a presence that counts may hide: each unit's doubts, taken together with its proven presence, for a stretch that is too short
 * to count hides none; but one that goes on may still become long enough.
 */
export function hidingSpans({ nowMs, possible, covered, countsAfterMs }: HidingInput): PresenceSpan[] {
  const doubts = possible();
  const byUnit = new Map<string, PresenceSpan[]>();
  for (const span of doubts) {
    const own = byUnit.get(span.unit);
    if (own === undefined) byUnit.set(span.unit, [span]);
    else own.push(span);
  }
  for (const span of covered) {
    const own = byUnit.get(span.unit);
    if (own !== undefined) own.push(span);
    else if (span.toMs >= nowMs) byUnit.set(span.unit, [span]);
  }
  const found: PresenceSpan[] = [];
  for (const own of byUnit.values()) {
    for (const span of own.length === 1 ? own : merged(own))
      if (span.toMs >= nowMs || span.toMs - span.fromMs >= countsAfterMs(span)) found.push(span);
  }
  return found;
}

/** Spans of one unit, of which those that meet become one, oldest first. */
function merged(own: readonly PresenceSpan[]): PresenceSpan[] {
  const sorted = [...own].sort((a, b) => a.fromMs - b.fromMs);
  const found: PresenceSpan[] = [];
  for (const span of sorted) {
    const last = found.at(-1);
    if (last === undefined || span.fromMs > last.toMs) found.push(span);
    else if (span.toMs > last.toMs) found[found.length - 1] = { ...last, toMs: span.toMs };
  }
  return found;
}

/** Whether a unit does not report where it is now, as it was last judged too. */
export function isUnseen(state: PresenceScope, unitId: string): boolean {
  const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
  return planned !== undefined && lastJudged(state, unitId).sight !== 'in-sight' && isOutOfSight(state, planned);
}

/** The first presence that counts in a span that was told as one without. */
export function whoWasThere(
  { covered, countsAfterMs }: HidingInput,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number | null },
): AlertEvidence {
  const there = covered.find(
    (span) =>
      span.toMs - span.fromMs >= countsAfterMs(span) && span.toMs > fromMs && (toMs === null || span.fromMs < toMs),
  );
  return there === undefined ? {} : { byUnit: there.unit, byEventTimeMs: Math.max(there.fromMs, fromMs) };
}
