import { OUTAGE_GRACE_MS } from '../../model/limits.js';
import type { GapRule, Intervals } from '../../model/plan.js';
import { earlier, type Episode, type Finding } from '../lib/episodes.js';
import { firstEndingAfter, normalise, subtract } from '../lib/intervals.js';
import type { PresenceSpan } from '../lib/presence.js';

export interface GapInput {
  readonly rule: GapRule;
  readonly nowMs: number;
  /** Episodes that ended before this are settled and not looked at again. */
  readonly sinceMs: number;
  /** When the rule binds for this place. */
  readonly binds: Intervals;
  /** End of the last qualifying presence before everything in `covered`, and whose it was. */
  readonly base: { readonly coveredToMs: number; readonly unit: string | null };
  /** Proven presence, by (from, unit). */
  readonly covered: readonly PresenceSpan[];
  /** Asked for only when it matters: who may have been there. */
  readonly possible: () => readonly PresenceSpan[];
  /** Holes in the log (T3), and how long after one its reports may still come. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly reportIntervalMs: number;
  readonly planVersion: number;
}

export interface GapFinding extends Finding {
  /** When the running gap falls due, or fell; null while somebody is there or no window is open. */
  readonly dueMs: number | null;
}

/**
 * Zone, checkpoint and route gaps (domain 2.2, 2.3, 2.7): inside a binding window nobody was there for threshold + grace.
 * The window's opening starts the count anew. A gap is `uncovered` when it would be one even if everybody who may have
 * been there was; otherwise `unknown`, and names them.
 */
export function findGaps(input: GapInput): GapFinding {
  const { rule, nowMs, binds } = input;
  const limitMs = rule.thresholdMs + rule.graceMs;
  const covered = input.covered.filter((span) => span.toMs - span.fromMs >= rule.minPresenceMs);
  const episodes: Episode[] = [];
  const arrival = arrivalOf(input);
  let nextMs: number | null = arrival?.countsFromMs ?? null;
  let runningDueMs: number | null = null;
  for (let i = firstEndingAfter(binds, input.sinceMs); i < binds.length; i += 2) {
    const opensMs = binds[i] as number;
    const closesMs = binds[i + 1] as number;
    if (opensMs > nowMs) {
      nextMs = earlier(nextMs, opensMs);
      break;
    }
    for (const gap of gapsIn(opensMs, Math.min(closesMs, nowMs), covered, input.base)) {
      const open = gap.toMs === nowMs && nowMs < closesMs;
      if (!open && gap.toMs < input.sinceMs) continue;
      let dueMs = judgedFromMs(gap.fromMs, limitMs, input);
      if (open && arrival !== null && arrival.fromMs < dueMs) dueMs = Math.max(dueMs, arrival.countsFromMs);
      if (open) runningDueMs = dueMs;
      if (dueMs > nowMs || gap.toMs - gap.fromMs < limitMs) {
        if (open) nextMs = earlier(nextMs, dueMs);
        continue;
      }
      const doubt = doubtOf(gap, limitMs, input);
      if (open) nextMs = earlier(nextMs, doubt.nextMs);
      episodes.push(episodeOf(gap, open, doubt, input));
    }
    if (closesMs > nowMs) nextMs = earlier(nextMs, closesMs);
    // A gap may begin now, where presence or the window's opening ends: nothing else may happen until it falls due.
    if (closesMs > nowMs && runningDueMs === null) nextMs = earlier(nextMs, nowMs + limitMs);
  }
  return { episodes, nextMs, dueMs: runningDueMs };
}

interface Arrival {
  readonly fromMs: number;
  readonly countsFromMs: number;
}

/**
 * The first of those who are there now, but not yet for long enough to count. Who came before the gap fell due ends it in
 * time by staying, so until then nothing is raised that would be taken back.
 */
function arrivalOf({ covered, nowMs, rule }: GapInput): Arrival | null {
  for (const { fromMs, toMs } of covered)
    if (toMs >= nowMs && toMs - fromMs < rule.minPresenceMs)
      return { fromMs, countsFromMs: fromMs + rule.minPresenceMs };
  return null;
}

interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly lastUnit: string | null;
  readonly lastSeenMs: number | null;
  readonly byUnit: string | null;
}

function gapsIn(opensMs: number, untilMs: number, covered: readonly PresenceSpan[], base: GapInput['base']): Gap[] {
  const gaps: Gap[] = [];
  let lastSeenMs = base.coveredToMs > 0 ? base.coveredToMs : null;
  let lastUnit = base.unit;
  let cursor = Math.max(opensMs, base.coveredToMs);
  for (const span of covered) {
    if (span.fromMs >= untilMs) break;
    if (span.fromMs > cursor) gaps.push({ fromMs: cursor, toMs: span.fromMs, lastUnit, lastSeenMs, byUnit: span.unit });
    if (lastSeenMs === null || span.toMs > lastSeenMs) {
      lastSeenMs = span.toMs;
      lastUnit = span.unit;
    }
    cursor = Math.max(cursor, span.toMs);
  }
  if (cursor < untilMs) gaps.push({ fromMs: cursor, toMs: untilMs, lastUnit, lastSeenMs, byUnit: null });
  return gaps;
}

/** T3: a gap that touches an outage is judged only when the reports of that time have had time to come. */
function judgedFromMs(fromMs: number, limitMs: number, input: GapInput): number {
  let dueMs = fromMs + limitMs;
  for (const outage of input.outages) {
    const heldMs = outage.toMs + input.reportIntervalMs + OUTAGE_GRACE_MS;
    if (outage.fromMs <= dueMs && heldMs > fromMs) dueMs = Math.max(dueMs, heldMs);
  }
  return dueMs;
}

interface Doubt {
  readonly certain: boolean;
  readonly units: readonly string[];
  /** When the gap may become certain without another report. */
  readonly nextMs: number | null;
}

function doubtOf(gap: Gap, limitMs: number, input: GapInput): Doubt {
  const spans = input.possible().filter((span) => span.toMs > gap.fromMs && span.fromMs < gap.toMs);
  const pairs = spans.map((span): [number, number] => [span.fromMs, span.toMs]);
  for (const outage of input.outages) pairs.push([outage.fromMs, outage.toMs]);
  const sure = subtract([gap.fromMs, gap.toMs], normalise(pairs));
  let longest = 0;
  for (let i = 0; i < sure.length; i += 2) longest = Math.max(longest, (sure[i + 1] as number) - (sure[i] as number));
  const units = [...new Set(spans.map((span) => span.unit))].sort();
  if (longest >= limitMs) return { certain: true, units: [], nextMs: null };
  const running = sure.at(-1) === gap.toMs ? (sure.at(-2) ?? null) : null;
  return { certain: false, units, nextMs: running === null ? null : running + limitMs };
}

function episodeOf(gap: Gap, open: boolean, doubt: Doubt, input: GapInput): Episode {
  return {
    fromMs: gap.fromMs,
    toMs: open ? null : gap.toMs,
    certainty: doubt.certain ? 'uncovered' : 'unknown',
    evidence: {
      ...(gap.lastUnit === null ? {} : { lastUnit: gap.lastUnit }),
      ...(gap.lastSeenMs === null ? {} : { lastSeenMs: gap.lastSeenMs }),
      ...(open || gap.byUnit === null ? {} : { byUnit: gap.byUnit, byEventTimeMs: gap.toMs }),
      ...(doubt.units.length === 0 ? {} : { possibleUnits: doubt.units }),
      thresholdMs: input.rule.thresholdMs,
      graceMs: input.rule.graceMs,
      planVersion: input.planVersion,
    },
  };
}
